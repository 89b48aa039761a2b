import QtQuick
import QtQuick.Templates as T
import Berth

// One of several exclusive choices that lie beside each other.
T.RadioButton {
    id: control

    property string within: "" // the element that this is inside of, for the theme
    readonly property string situation: (checked ? ":checked" : "") + (enabled ? "" : ":disabled") + (hovered && enabled ? ":hover" : "") + (down ? ":active" : "") + (visualFocus ? ":focus-visible" : "")
    readonly property var look: (background as Box).look

    Accessible.role: Accessible.RadioButton
    Accessible.name: text
    focusPolicy: Qt.StrongFocus
    hoverEnabled: true
    implicitHeight: Tokens.size.control
    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    horizontalPadding: look.paddingLeft

    background: Box {
        element: control.within + " choice" + control.situation
        whole: control
    }
    contentItem: Label {
        look: control.look
        horizontalAlignment: Text.AlignHCenter
        text: control.text
        verticalAlignment: Text.AlignVCenter
    }
}
