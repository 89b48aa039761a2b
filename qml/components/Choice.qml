import QtQuick
import QtQuick.Templates as T
import Berth

// One of several exclusive choices that lie beside each other.
T.RadioButton {
    id: control

    Accessible.role: Accessible.RadioButton
    Accessible.name: text
    focusPolicy: Qt.StrongFocus
    hoverEnabled: true
    implicitHeight: Tokens.size.control
    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    horizontalPadding: Tokens.space.md
    opacity: enabled ? 1 : Tokens.opacity.disabled

    background: Rectangle {
        border.color: control.checked ? Tokens.color.accent : Tokens.color.border
        border.width: Tokens.stroke.hairline
        color: control.checked ? Tokens.color.selected : "transparent"
        radius: Tokens.radius.md

        StateLayer {
            anchors.fill: parent
            control: control
            radius: parent.radius
        }

        FocusRing {
            target: parent
            visible: control.visualFocus
        }
    }
    contentItem: Label {
        font.weight: control.checked ? Tokens.font.medium : Tokens.font.regular
        horizontalAlignment: Text.AlignHCenter
        text: control.text
        verticalAlignment: Text.AlignVCenter
    }
}
