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
    property bool follows: true // the keyboard comes where the pointer is

    readonly property bool pointed: hovered && follows

    // Where the keyboard is looks as where the pointer is: entries follow the pointer with the keys.
    readonly property string situation: (enabled ? "" : ":disabled") + (activeFocus ? ":hover" : "") + (down ? ":active" : "") + (visualFocus ? ":focus-visible" : "")
    readonly property string element: "menu item" + (destructive ? ".destructive" : "") + situation
    readonly property var look: (background as Box).look

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
    horizontalPadding: look.paddingLeft

    Keys.onEnterPressed: event => pressOnce(event)
    Keys.onReturnPressed: event => pressOnce(event)
    onPointedChanged: {
        if (pointed)
            forceActiveFocus();
    }

    background: Box {
        element: control.element
        whole: control
    }
    contentItem: RowLayout {
        spacing: Tokens.space.md

        Symbol {
            Layout.preferredHeight: Tokens.size.iconSmall
            Layout.preferredWidth: Tokens.size.iconSmall
            color: control.look.color
            name: control.symbol
            stroke: Tokens.stroke.icon
        }

        Label {
            Layout.fillWidth: true
            look: control.look
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
