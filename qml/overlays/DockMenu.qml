pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// What can be done with an app of the dock, or with the dock itself, by pointer, finger or keyboard.
FocusScope {
    id: menu

    property string app: ""
    property bool shown: false
    property bool choosing: false // how the dock is
    property string edge: "bottom"
    property rect place // of what it is about

    readonly property bool open: shown || choosing

    // Without an app it is about the dock.
    function openFor(app: string, item: Item, edge: string): void {
        place = menu.mapFromItem(item, Qt.rect(0, 0, item.width, item.height));
        menu.edge = edge;
        menu.app = app;
        shown = app !== "";
        choosing = app === "";
    }

    function close(): void {
        shown = false;
        choosing = false;
    }

    function xFor(width: real): real {
        const begin = LayoutMirroring.enabled ? place.x + place.width - width : place.x;
        const x = edge === "left" ? place.x + place.width + Tokens.space.sm : edge === "right" ? place.x - width - Tokens.space.sm : begin;
        return Math.round(Math.max(Tokens.space.xs, Math.min(x, menu.width - width - Tokens.space.xs)));
    }

    function yFor(height: real): real {
        const y = edge === "bottom" ? place.y - height - Tokens.space.sm : place.y;
        return Math.round(Math.max(Tokens.space.xs, Math.min(y, menu.height - height - Tokens.space.xs)));
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
        visible: menu.open

        onClicked: menu.close()
    }

    Loader {
        active: menu.shown
        focus: active
        x: menu.xFor(width)
        y: menu.yFor(height)

        onLoaded: (item as MenuCard)?.focusFirst()

        sourceComponent: DockMenuCard {
            app: menu.app
            room: menu.height

            onChoiceWanted: {
                menu.shown = false;
                menu.choosing = true;
            }
            onDone: menu.close()
        }
    }

    Loader {
        active: menu.choosing
        focus: active
        x: menu.xFor(width)
        y: menu.yFor(height)

        onLoaded: (item as MenuCard)?.focusFirst()

        sourceComponent: DockChoices {
            onDone: menu.close()
        }
    }
}
