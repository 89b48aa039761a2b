import QtQuick
import Berth
import "../components"

// The lines of one window's menu. `loose` where windows can lie anywhere at all.
MenuCard {
    id: card

    required property int window
    required property string instance
    required property string appName
    required property string title
    required property string windowState
    required property bool minimized
    required property bool resizable
    required property bool responding
    required property bool loose

    readonly property bool free: windowState === "normal" && !minimized

    Accessible.name: qsTr("Menu of %1").arg(title !== "" ? title : appName)

    MenuEntry {
        keys: card.minimized ? "" : qsTr("Super+M")
        symbol: card.minimized ? "restore" : "minimize"
        text: card.minimized ? qsTr("Show") : qsTr("Minimise")
        width: parent.width

        onClicked: {
            card.done();
            if (card.minimized)
                Scene.focusWindow(card.window);
            else
                Scene.minimizeWindow(card.window);
        }
    }

    MenuEntry {
        enabled: card.resizable && !card.minimized
        keys: card.windowState === "maximized" ? qsTr("Super+Down") : qsTr("Super+Up")
        symbol: card.windowState === "maximized" ? "restore" : "maximize"
        text: card.windowState === "maximized" ? qsTr("Restore") : qsTr("Maximise")
        visible: card.loose
        width: parent.width

        onClicked: {
            card.done();
            Scene.toggleMaximized(card.window);
        }
    }

    MenuEntry {
        enabled: !card.minimized
        keys: qsTr("Super+F")
        symbol: "fullscreen"
        text: card.windowState === "fullscreen" ? qsTr("Leave full screen") : qsTr("Full screen")
        width: parent.width

        onClicked: {
            card.done();
            Scene.toggleFullScreen(card.window);
        }
    }

    MenuEntry {
        enabled: card.resizable && !card.minimized
        keys: qsTr("Super+Left")
        symbol: "tileLeft"
        text: qsTr("Left half")
        visible: card.loose
        width: parent.width

        onClicked: {
            card.done();
            Scene.toggleTiled(card.window, "left");
        }
    }

    MenuEntry {
        enabled: card.resizable && !card.minimized
        keys: qsTr("Super+Right")
        symbol: "tileRight"
        text: qsTr("Right half")
        visible: card.loose
        width: parent.width

        onClicked: {
            card.done();
            Scene.toggleTiled(card.window, "right");
        }
    }

    MenuEntry {
        enabled: card.free
        keys: qsTr("Alt+F7")
        symbol: "move"
        text: qsTr("Move")
        visible: card.loose
        width: parent.width

        onClicked: {
            card.done();
            Scene.beginKeys(card.window, false);
        }
    }

    MenuEntry {
        enabled: card.free && card.resizable
        keys: qsTr("Alt+F8")
        symbol: "resize"
        text: qsTr("Resize")
        visible: card.loose
        width: parent.width

        onClicked: {
            card.done();
            Scene.beginKeys(card.window, true);
        }
    }

    MenuEntry {
        symbol: "sliders"
        text: qsTr("How it runs…")
        width: parent.width

        onClicked: {
            card.done();
            Shell.runSettings.askInstance(card.instance);
        }
    }

    MenuEntry {
        symbol: "eye"
        text: qsTr("See inside…")
        width: parent.width

        onClicked: {
            card.done();
            Shell.inside.askInstance(card.instance);
        }
    }

    MenuEntry {
        keys: qsTr("Alt+F4")
        symbol: "close"
        text: qsTr("Close")
        width: parent.width

        onClicked: {
            card.done();
            Scene.closeWindow(card.window);
        }
    }

    MenuEntry {
        destructive: true
        symbol: "warning"
        text: qsTr("End the app")
        visible: !card.responding
        width: parent.width

        onClicked: {
            card.done();
            Scene.endApp(card.window);
        }
    }
}
