import QtQuick
import Berth

// A soft shadow behind the item it fills, without shaders: a stretched picture.
BorderImage {
    // The picture: 48 pixels of corner, of which the outer 24 lie outside the item.
    readonly property int spread: 24
    readonly property int corner: 48

    anchors.fill: parent
    anchors.margins: -spread
    anchors.topMargin: -spread + spread / 4
    anchors.bottomMargin: -spread - spread / 4
    border.bottom: corner
    border.left: corner
    border.right: corner
    border.top: corner
    opacity: Tokens.opacity.shadow
    source: "shadow.png"
}
