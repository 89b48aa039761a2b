import QtQuick
import Berth
import "../components"
import "../windows"

// What lies behind everything of the shell's own, and shines through its glass: wallpaper, windows, and below and
// above them what apps with the permission put on the desktop.
Item {
    id: behind

    required property Output output
    readonly property alias windows: windows

    signal pressedForMenu(x: real, y: real)

    Component.onCompleted: Styles.follow(behind)

    Afresh {
        anchors.fill: parent
    }

    Sea {
        anchors.fill: parent

        onPressedForMenu: (x, y) => behind.pressedForMenu(x, y)
    }

    LayerArea {
        level: "background"
        output: behind.output
    }

    LayerArea {
        level: "bottom"
        output: behind.output
    }

    WindowArea {
        id: windows

        anchors.fill: parent
        focus: true
        output: behind.output
    }

    LayerArea {
        level: "top"
        output: behind.output
        visible: !behind.output.fullScreen
    }

    LayerArea {
        level: "overlay"
        output: behind.output
    }
}
