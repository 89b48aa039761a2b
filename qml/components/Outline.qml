import QtQuick

// The line around an element, as far from it as the theme says: it shows where the keyboard is.
Rectangle {
    required property Box box

    readonly property real reach: box.look.outlineWidth + box.look.outlineOffset

    anchors.fill: parent
    anchors.margins: -reach
    border.color: box.look.outlineColor
    border.width: box.look.outlineWidth
    color: "transparent"
    radius: Math.max(0, box.topLeftRadius + box.look.outlineOffset)
}
