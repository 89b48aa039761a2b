pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// What can be done with a window, by pointer, finger or keyboard.
FocusScope {
    id: menu

    property int window: 0
    property point place
    property bool loose: true

    readonly property bool open: window !== 0

    function openFor(window: int, x: real, y: real): void {
        place = Qt.point(x, y);
        menu.window = window;
    }

    function close(): void {
        menu.window = 0;
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

    Repeater {
        model: Scene.windows

        delegate: Loader {
            id: slot

            required property int window
            required property string instance
            required property string appName
            required property string title
            required property string windowState
            required property bool minimized
            required property bool resizable
            required property bool responding

            readonly property real wantedX: LayoutMirroring.enabled ? menu.place.x - width : menu.place.x

            active: menu.open && window === menu.window
            focus: active
            x: Math.round(Math.max(Tokens.space.xs, Math.min(wantedX, menu.width - width - Tokens.space.xs)))
            y: Math.round(Math.max(Tokens.space.xs, Math.min(menu.place.y, menu.height - height - Tokens.space.xs)))

            onLoaded: (item as WindowMenuCard)?.focusFirst()
            // A window that goes takes its menu along.
            Component.onDestruction: {
                if (active)
                    menu.close();
            }

            sourceComponent: WindowMenuCard {
                appName: slot.appName
                instance: slot.instance
                loose: menu.loose
                minimized: slot.minimized
                objectName: "windowMenu"
                resizable: slot.resizable
                responding: slot.responding
                title: slot.title
                window: slot.window
                windowState: slot.windowState

                onDone: menu.close()
            }
        }
    }
}
