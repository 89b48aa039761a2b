pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// How an output stands and how large things are on it, by pointer, finger or keyboard.
FocusScope {
    id: menu

    required property Output output
    property bool shown: false
    property bool timing: false // when to lock
    property bool docking: false // how the dock is
    property point place

    readonly property bool open: shown || timing || docking || themes.open

    function openAt(x: real, y: real): void {
        place = Qt.point(x, y);
        close();
        shown = true;
    }

    function openThemes(): void {
        themes.openAt(place.x, place.y);
        shown = false;
        themes.forceActiveFocus();
    }

    function openTimes(): void {
        timing = true;
        shown = false;
    }

    function openDock(): void {
        docking = true;
        shown = false;
    }

    function close(): void {
        shown = false;
        timing = false;
        docking = false;
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
            if (!themes.passing)
                menu.close();
        }
    }

    Scrim {
        anchors.fill: parent
        element: "scrim.clear"
        visible: menu.shown || menu.timing || menu.docking

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
                symbol: "screen"
                text: qsTr("Screens…")
                width: parent.width

                onClicked: {
                    card.done();
                    OutputSettings.show();
                }
            }

            MenuEntry {
                symbol: "brush"
                text: qsTr("Themes")
                width: parent.width

                onClicked: menu.openThemes()
            }

            MenuEntry {
                symbol: "panel"
                text: qsTr("The dock…")
                width: parent.width

                onClicked: menu.openDock()
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
                symbol: Shell.sounds.on ? "volumeOff" : "volume"
                text: Shell.sounds.on ? qsTr("Turn sounds off") : qsTr("Turn sounds on")
                width: parent.width

                onClicked: {
                    card.done();
                    Shell.sounds.toggle();
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
                keys: qsTr("Super+L")
                symbol: "lock"
                text: qsTr("Lock the screen")
                width: parent.width

                onClicked: {
                    card.done();
                    Lock.lock();
                }
            }

            MenuEntry {
                symbol: "sliders"
                text: qsTr("Lock by itself…")
                width: parent.width

                onClicked: menu.openTimes()
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

    Loader {
        active: menu.timing
        focus: active
        x: Math.round(Math.max(Tokens.space.xs, Math.min(LayoutMirroring.enabled ? menu.place.x - width : menu.place.x, menu.width - width - Tokens.space.xs)))
        y: Math.round(Math.max(Tokens.space.xs, Math.min(menu.place.y, menu.height - height - Tokens.space.xs)))

        onLoaded: (item as LockTimes)?.focusChosen()

        sourceComponent: LockTimes {
            onDone: menu.close()
        }
    }

    Loader {
        active: menu.docking
        focus: active
        x: Math.round(Math.max(Tokens.space.xs, Math.min(LayoutMirroring.enabled ? menu.place.x - width : menu.place.x, menu.width - width - Tokens.space.xs)))
        y: Math.round(Math.max(Tokens.space.xs, Math.min(menu.place.y, menu.height - height - Tokens.space.xs)))

        onLoaded: (item as DockChoices)?.focusFirst()

        sourceComponent: DockChoices {
            onDone: menu.close()
        }
    }

    ThemeMenu {
        id: themes

        anchors.fill: parent
        focus: open
        output: menu.output
    }
}
