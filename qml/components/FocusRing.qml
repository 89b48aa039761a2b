import QtQuick
import Berth

// Shows where the keyboard is, outside the control it belongs to.
Rectangle {
    required property Item target
    property real targetRadius: Tokens.radius.md

    readonly property real gap: Tokens.stroke.focus

    anchors.fill: target
    anchors.margins: -gap - border.width
    border.color: Tokens.color.focus
    border.width: Tokens.stroke.focus
    color: "transparent"
    radius: targetRadius + gap
    visible: false
}
