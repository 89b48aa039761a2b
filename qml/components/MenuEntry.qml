import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Berth

// One line of a menu: what it does, and the keys that do it without the menu.
T.AbstractButton {
    id: control

    property string symbol: ""
    property string keys: ""
    property bool destructive: false

    readonly property color ink: destructive ? Tokens.color.danger : Tokens.color.text

    // A key that is held down means one press.
    function pressOnce(event: var): void {
        if (!event.isAutoRepeat)
            click();
    }

    Accessible.role: Accessible.MenuItem
    Accessible.name: text
    Accessible.description: keys
    focusPolicy: Qt.StrongFocus
    hoverEnabled: true
    implicitHeight: Tokens.size.control
    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    horizontalPadding: Tokens.space.md
    opacity: enabled ? 1 : Tokens.opacity.disabled

    Keys.onEnterPressed: event => pressOnce(event)
    Keys.onReturnPressed: event => pressOnce(event)
    onHoveredChanged: {
        if (hovered)
            forceActiveFocus();
    }

    background: Rectangle {
        color: control.down ? Tokens.color.pressed : control.activeFocus ? Tokens.color.hover : "transparent"
        radius: Tokens.radius.sm

        FocusRing {
            target: parent
            targetRadius: Tokens.radius.sm
            visible: control.visualFocus
        }
    }
    contentItem: RowLayout {
        spacing: Tokens.space.md

        Symbol {
            Layout.preferredHeight: Tokens.size.iconSmall
            Layout.preferredWidth: Tokens.size.iconSmall
            color: control.ink
            name: control.symbol
            stroke: Tokens.stroke.icon
        }

        Label {
            Layout.fillWidth: true
            color: control.ink
            text: control.text
        }

        Label {
            Accessible.ignored: true
            Layout.leftMargin: Tokens.space.lg
            font.pixelSize: Tokens.font.caption
            muted: true
            text: control.keys
            visible: text !== ""
        }
    }
}
