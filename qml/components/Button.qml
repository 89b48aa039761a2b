import QtQuick
import QtQuick.Templates as T
import Berth

// A button with words. `highlighted` is the one a dialog proposes, `destructive` refuses or removes.
T.Button {
    id: control

    property bool destructive: false
    readonly property color ink: !highlighted ? Tokens.color.text : Tokens.color.textOnAccent
    readonly property color ground: {
        if (!highlighted)
            return Tokens.color.surfaceSunken;
        if (destructive)
            return down ? Tokens.color.dangerPressed : hovered ? Tokens.color.dangerHover : Tokens.color.danger;
        return down ? Tokens.color.accentPressed : hovered ? Tokens.color.accentHover : Tokens.color.accent;
    }

    // A key that is held down means one press.
    function pressOnce(event: var): void {
        if (!event.isAutoRepeat)
            click();
    }

    Accessible.role: Accessible.Button
    Accessible.name: text
    focusPolicy: Qt.StrongFocus
    hoverEnabled: true
    implicitHeight: Tokens.size.control
    implicitWidth: Math.max(implicitContentWidth + leftPadding + rightPadding, Tokens.size.control)
    horizontalPadding: Tokens.space.lg
    opacity: enabled ? 1 : Tokens.opacity.disabled

    Keys.onEnterPressed: event => pressOnce(event)
    Keys.onReturnPressed: event => pressOnce(event)

    background: Rectangle {
        border.color: Tokens.color.border
        border.width: control.highlighted || control.flat ? 0 : Tokens.stroke.hairline
        color: control.flat ? "transparent" : control.ground
        radius: Tokens.radius.md

        StateLayer {
            anchors.fill: parent
            control: control
            radius: Tokens.radius.md
            visible: !control.highlighted
        }

        FocusRing {
            target: parent
            visible: control.visualFocus
        }
    }
    contentItem: Label {
        color: control.ink
        font.weight: Tokens.font.medium
        horizontalAlignment: Text.AlignHCenter
        text: control.text
        verticalAlignment: Text.AlignVCenter
    }
}
