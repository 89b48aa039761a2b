import QtQuick
import Berth
import "../components"

// The lines of one window's menu. `loose` where windows can lie anywhere at all.
FocusScope {
    id: card

    required property int window
    required property string appName
    required property string title
    required property string windowState
    required property bool minimized
    required property bool resizable
    required property bool responding
    required property bool loose

    readonly property bool free: windowState === "normal" && !minimized

    signal done

    function entries(): var {
        const found = [];
        for (const child of lines.children)
            if (child.visible && child.enabled && (child as MenuEntry))
                found.push(child);
        return found;
    }

    function focusFirst(): void {
        entries()[0]?.forceActiveFocus(Qt.TabFocusReason);
    }

    function go(step: int): void {
        const list = entries();
        const at = list.findIndex(entry => entry.activeFocus);
        list[(at + step + list.length) % list.length]?.forceActiveFocus(Qt.TabFocusReason);
    }

    function goToLetter(letter: string): void {
        const list = entries();
        const at = list.findIndex(entry => entry.activeFocus);
        const order = list.slice(at + 1).concat(list.slice(0, at + 1));
        order.find(entry => entry.text.toLowerCase().startsWith(letter.toLowerCase()))?.forceActiveFocus(Qt.TabFocusReason);
    }

    Accessible.role: Accessible.PopupMenu
    Accessible.name: qsTr("Menu of %1").arg(title !== "" ? title : appName)
    implicitHeight: lines.implicitHeight + 2 * Tokens.space.xs
    implicitWidth: Math.max(lines.implicitWidth + 2 * Tokens.space.xs, Tokens.size.menu)

    Keys.onDownPressed: go(1)
    Keys.onUpPressed: go(-1)
    Keys.onTabPressed: go(1)
    Keys.onBacktabPressed: go(-1)
    Keys.onPressed: event => {
        if (event.key === Qt.Key_Home)
            focusFirst();
        else if (event.key === Qt.Key_End)
            entries().pop()?.forceActiveFocus(Qt.TabFocusReason);
        else if (event.text !== "" && event.text.charCodeAt(0) > 0x20)
            goToLetter(event.text);
        else
            return;
        event.accepted = true;
    }

    Card {
        anchors.fill: parent
        radius: Tokens.radius.md

        Column {
            id: lines

            anchors.fill: parent
            anchors.margins: Tokens.space.xs

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
    }
}
