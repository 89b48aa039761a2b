import QtQuick
import QtQuick.Templates as T
import Berth

// A button with a symbol; `text` is what a screen reader says.
T.AbstractButton {
    id: control

    required property string symbol
    property real side: Tokens.size.target
    property real symbolSize: Tokens.size.icon

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
    opacity: enabled ? 1 : Tokens.opacity.disabled

    Keys.onEnterPressed: event => pressOnce(event)
    Keys.onReturnPressed: event => pressOnce(event)

    background: StateLayer {
        control: control
        radius: Tokens.radius.md

        FocusRing {
            target: parent
            visible: control.visualFocus
        }
    }
    contentItem: Item {
        Symbol {
            anchors.centerIn: parent
            color: Tokens.color.text
            height: control.symbolSize
            name: control.symbol
            stroke: Tokens.stroke.icon
            width: control.symbolSize
        }
    }
}
