import QtQuick
import Berth

// The menus of windows, of the output and of the dock, of which one is open at a time.
FocusScope {
    id: menus

    required property Output output
    property bool loose: true // windows can lie anywhere

    readonly property bool open: windowMenu.open || outputMenu.open || docked
    readonly property alias docked: dockMenu.open

    function openForWindow(window: int, x: real, y: real): void {
        close();
        windowMenu.openFor(window, x, y);
    }

    function openForOutput(x: real, y: real): void {
        close();
        outputMenu.openAt(x, y);
    }

    function openForDock(app: string, item: Item, edge: string): void {
        close();
        dockMenu.openFor(app, item, edge);
    }

    function close(): void {
        windowMenu.close();
        outputMenu.close();
        dockMenu.close();
    }

    function takeKeys(): void {
        (windowMenu.open ? windowMenu : outputMenu.open ? outputMenu : dockMenu).forceActiveFocus();
    }

    WindowMenu {
        id: windowMenu

        anchors.fill: parent
        loose: menus.loose
    }

    OutputMenu {
        id: outputMenu

        anchors.fill: parent
        output: menus.output
    }

    DockMenu {
        id: dockMenu

        anchors.fill: parent
    }
}
