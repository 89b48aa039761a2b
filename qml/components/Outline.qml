import QtQuick

// The line around an element that shows where the keyboard is, as far from it as the theme says.
Rectangle {
    required property Box target

    readonly property real reach: target.look.outlineWidth + target.look.outlineOffset

    anchors.fill: target
    anchors.margins: -reach
    border.color: target.look.outlineColor
    border.width: target.look.outlineWidth
    color: "transparent"
    radius: target.topLeftRadius + target.look.outlineOffset
    visible: target.look.outlineWidth > 0
}
