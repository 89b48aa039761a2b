pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "greeter"
import "layouts"
import "lock"

// The whole desktop: the layout of the form factor that the screen asks for, exchanged at run time.
Item {
    id: screen

    required property Output output

    // Without its layout there is nothing on the screen.
    readonly property bool loaded: Greeter.active ? lock.status === Loader.Ready : loader.status === Loader.Ready
    readonly property bool lying: output.transform % 2 === 1
    readonly property real uprightWidth: lying ? height : width
    readonly property real uprightHeight: lying ? width : height
    readonly property string layout: Scene.formFactor === "phone" ? "layouts/Phone.qml" : Scene.formFactor === "tablet" ? "layouts/Tablet.qml" : "layouts/Desktop.qml"

    // Where points of the upright picture, w x h large, lie in a window that stands turned.
    function turned(transform: int, w: real, h: real): matrix4x4 {
        const places = [[1, 0, 0, 0, 1, 0], [0, 1, 0, -1, 0, w], [-1, 0, w, 0, -1, h], [0, -1, h, 1, 0, 0], [-1, 0, w, 0, 1, 0], [0, 1, 0, 1, 0, 0], [1, 0, 0, 0, -1, h], [0, -1, h, -1, 0, w]];
        const m = places[transform];
        return Qt.matrix4x4(m[0], m[1], 0, m[2], m[3], m[4], 0, m[5], 0, 0, 1, 0, 0, 0, 0, 1);
    }

    function load(): void {
        loader.setSource(layout, {
            output: output
        });
    }

    // What media queries of themes are told.
    function measure(): void {
        Styles.sharpen(output.scale);
        if (output.primary)
            Styles.resize(upright.width, upright.height);
    }

    Accessible.role: Accessible.Client
    Accessible.name: qsTr("Berth desktop")

    Component.onCompleted: {
        measure();
        if (!Greeter.active)
            load();
    }
    onLayoutChanged: {
        if (loader.item)
            load();
    }

    Connections {
        target: Lock

        function onLockedChanged(): void {
            const stage = loader.item as Stage;
            if (Lock.locked)
                stage?.closeMenus();
            else
                stage?.focusTop();
        }
    }

    // Logical pixels of the output, whatever the host makes of them.
    FocusScope {
        id: upright

        focus: true
        height: screen.uprightHeight / screen.output.zoom
        scale: screen.output.zoom
        transformOrigin: Item.TopLeft
        width: screen.uprightWidth / screen.output.zoom

        onHeightChanged: screen.measure()
        onWidthChanged: screen.measure()

        transform: Matrix4x4 {
            matrix: screen.turned(screen.output.transform, screen.uprightWidth, screen.uprightHeight)
        }

        Loader {
            id: loader

            anchors.fill: parent
            focus: !Lock.locked
            visible: !Lock.locked
        }

        Loader {
            id: lock

            // Whatever opens behind it meanwhile does not get the keys.
            readonly property bool robbed: Lock.locked && Window.active && !activeFocus

            function takeKeys(): void {
                (item as LockScreen)?.takeKeys();
                (item as GreeterScreen)?.takeKeys();
            }

            active: Lock.locked
            anchors.fill: parent
            focus: Lock.locked

            sourceComponent: Greeter.active ? greeterScreen : lockScreen

            onLoaded: takeKeys()
            onRobbedChanged: {
                if (robbed)
                    Qt.callLater(lock.takeKeys);
            }
        }
    }

    Component {
        id: lockScreen

        LockScreen {
            output: screen.output
        }
    }

    Component {
        id: greeterScreen

        GreeterScreen {
            output: screen.output
        }
    }
}
