import QtQuick
import QtQuick.Templates as T
import Berth

// A colour to choose.
T.AbstractButton {
    id: control

    property string shade: ""
    property real side: Tokens.size.iconLarge

    Accessible.role: Accessible.Button
    Accessible.name: text
    focusPolicy: Qt.StrongFocus
    implicitHeight: side
    implicitWidth: side

    Keys.onEnterPressed: click()
    Keys.onReturnPressed: click()

    background: Rectangle {
        border.color: Tokens.color.borderStrong
        border.width: Tokens.stroke.hairline
        color: control.shade === "" ? "transparent" : control.shade
        radius: Tokens.radius.sm

        FocusRing {
            target: parent
            targetRadius: Tokens.radius.sm
            visible: control.visualFocus
        }
    }
}
