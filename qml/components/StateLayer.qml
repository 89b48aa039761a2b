import QtQuick
import QtQuick.Templates as T
import Berth

// Hover and press of a control, laid over whatever colour it has.
Rectangle {
    required property T.AbstractButton control

    color: control.down ? Tokens.color.pressed : control.hovered && control.enabled ? Tokens.color.hover : "transparent"
}
