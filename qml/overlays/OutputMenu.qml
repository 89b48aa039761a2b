pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// How an output stands and how large things are on it, by pointer, finger or keyboard.
FocusScope {
    id: menu

    required property Output output
    property bool shown: false
    property point place

    readonly property bool open: shown || themes.open

    function openAt(x: real, y: real): void {
        place = Qt.point(x, y);
        themes.close();
        shown = true;
    }

    function openThemes(): void {
        themes.openAt(place.x, place.y);
        shown = false;
        themes.forceActiveFocus();
    }

    function close(): void {
        shown = false;
        themes.close();
    }

    function percent(scale: real): string {
        return qsTr("%1 %").arg(Math.round(100 * scale));
    }

    Keys.onEscapePressed: close()
    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Connections {
        target: Scene

        function onMenuReleased(): void {
            menu.close();
        }
    }

    Scrim {
        anchors.fill: parent
        element: "scrim.clear"
        visible: menu.shown

        onClicked: menu.close()
    }

    Loader {
        active: menu.shown
        focus: active
        x: Math.round(Math.max(Tokens.space.xs, Math.min(LayoutMirroring.enabled ? menu.place.x - width : menu.place.x, menu.width - width - Tokens.space.xs)))
        y: Math.round(Math.max(Tokens.space.xs, Math.min(menu.place.y, menu.height - height - Tokens.space.xs)))

        onLoaded: (item as MenuCard)?.focusFirst()

        sourceComponent: MenuCard {
            id: card

            readonly property string name: menu.output ? menu.output.name : ""
            readonly property real scaleNow: menu.output ? menu.output.scale : 1
            readonly property real larger: Scene.nextScale(scaleNow, true)
            readonly property real smaller: Scene.nextScale(scaleNow, false)

            Accessible.name: qsTr("Menu of the screen")
            objectName: "outputMenu"

            onDone: menu.close()

            MenuEntry {
                symbol: "turnLeft"
                text: qsTr("Turn to the left")
                width: parent.width

                onClicked: {
                    card.done();
                    Scene.turnOutput(card.name, 1);
                }
            }

            MenuEntry {
                symbol: "turnRight"
                text: qsTr("Turn to the right")
                width: parent.width

                onClicked: {
                    card.done();
                    Scene.turnOutput(card.name, 3);
                }
            }

            MenuEntry {
                enabled: card.larger > card.scaleNow
                keys: menu.percent(card.larger)
                symbol: "plus"
                text: qsTr("Everything larger")
                width: parent.width

                onClicked: {
                    card.done();
                    Scene.scaleOutput(card.name, card.larger);
                }
            }

            MenuEntry {
                enabled: card.smaller < card.scaleNow
                keys: menu.percent(card.smaller)
                symbol: "minimize"
                text: qsTr("Everything smaller")
                width: parent.width

                onClicked: {
                    card.done();
                    Scene.scaleOutput(card.name, card.smaller);
                }
            }

            MenuEntry {
                symbol: "brush"
                text: qsTr("Themes")
                width: parent.width

                onClicked: menu.openThemes()
            }

            MenuEntry {
                symbol: "plus"
                text: qsTr("Add a theme…")
                width: parent.width

                onClicked: {
                    card.done();
                    Themes.adding.show();
                }
            }

            MenuEntry {
                symbol: "panel"
                text: qsTr("Panel on this screen")
                visible: menu.output && !menu.output.primary
                width: parent.width

                onClicked: {
                    card.done();
                    Scene.makePrimary(card.name);
                }
            }

            MenuEntry {
                keys: qsTr("Super+I")
                symbol: "target"
                text: qsTr("Inspect the look")
                width: parent.width

                onClicked: {
                    card.done();
                    Inspector.open = true;
                }
            }
        }
    }

    ThemeMenu {
        id: themes

        anchors.fill: parent
        focus: open
    }
}
