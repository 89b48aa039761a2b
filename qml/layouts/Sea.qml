import QtQuick
import Berth
import "../components"

// The wallpaper: what the theme gives the element "desktop" as its background, or the sea in the theme's colours.
Item {
    id: wallpaper

    readonly property var look: Styles.of("desktop")
    readonly property bool covered: look.extras.includes("g") || look.background.a === 1

    signal pressedForMenu(real x, real y)

    Wallpaper {
        anchors.fill: parent
        glow: Tokens.color.wallpaperGlow
        skyBottom: Tokens.color.wallpaperBottom
        skyTop: Tokens.color.wallpaperTop
        visible: !wallpaper.covered
        wave1: Tokens.color.wave1
        wave2: Tokens.color.wave2
        wave3: Tokens.color.wave3
        wave4: Tokens.color.wave4
    }

    Box {
        anchors.fill: parent
        element: "desktop"
    }

    MouseArea {
        acceptedButtons: Qt.RightButton
        anchors.fill: parent
        onClicked: mouse => wallpaper.pressedForMenu(mouse.x, mouse.y)
    }

    TapHandler {
        onLongPressed: wallpaper.pressedForMenu(point.position.x, point.position.y)
    }
}
