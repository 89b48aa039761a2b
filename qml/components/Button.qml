import QtQuick
import QtQuick.Templates as T
import Berth

// A button with words. `highlighted` is the one a dialog proposes, `destructive` refuses or removes.
T.Button {
    id: control

    property bool destructive: false
    property string within: "" // the element that this is inside of, for the theme
    readonly property string classes: highlighted ? (destructive ? ".destructive" : ".primary") : flat ? ".flat" : ""
    readonly property string situation: (enabled ? "" : ":disabled") + (hovered && enabled ? ":hover" : "") + (down ? ":active" : "") + (visualFocus ? ":focus-visible" : "")
    readonly property var look: (background as Box).look

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
    leftPadding: look.paddingLeft
    rightPadding: look.paddingRight

    Keys.onEnterPressed: event => pressOnce(event)
    Keys.onReturnPressed: event => pressOnce(event)

    background: Box {
        element: control.within + " button" + control.classes + control.situation
        whole: control
    }
    contentItem: Label {
        look: control.look
        horizontalAlignment: Text.AlignHCenter
        text: control.text
        verticalAlignment: Text.AlignVCenter
    }
}
