import QtQuick
import QtQuick.Templates as T
import Berth

// A button with a symbol; `text` is what a screen reader says.
T.AbstractButton {
    id: control

    required property string symbol
    property real side: Tokens.size.target
    property real symbolSize: Tokens.size.icon
    property string within: "" // the element that this is inside of, for the theme
    readonly property string situation: (enabled ? "" : ":disabled") + (hovered && enabled ? ":hover" : "") + (down ? ":active" : "") + (visualFocus ? ":focus-visible" : "")
    readonly property var look: (background as Box).look

    // A key that is held down means one press.
    function pressOnce(event: var): void {
        if (!event.isAutoRepeat)
            click();
    }

    Accessible.role: Accessible.Button
    Accessible.name: text
    focusPolicy: Qt.TabFocus
    hoverEnabled: true
    implicitHeight: side
    implicitWidth: side

    Keys.onEnterPressed: event => pressOnce(event)
    Keys.onReturnPressed: event => pressOnce(event)

    background: Box {
        element: control.within + " button.icon" + control.situation
        whole: control
    }
    contentItem: Item {
        Symbol {
            anchors.centerIn: parent
            color: control.look.color
            height: control.symbolSize
            name: control.symbol
            stroke: Tokens.stroke.icon
            width: control.symbolSize
        }
    }
}
