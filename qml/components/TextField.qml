import QtQuick
import QtQuick.Templates as T
import Berth

// One line of typed text, with an optional symbol in front.
T.TextField {
    id: control

    property string symbol: ""
    property string within: "" // the element that this is inside of, for the theme

    readonly property string element: within + " field" + (enabled ? "" : ":disabled") + (activeFocus ? ":focus" : "")
    readonly property var look: (background as Box).look
    readonly property bool mirrored: LayoutMirroring.enabled
    readonly property real inset: symbol === "" ? Tokens.space.md : Tokens.space.md + Tokens.size.icon + Tokens.space.sm

    Accessible.role: Accessible.EditableText
    Accessible.name: placeholderText
    color: look.color
    font.family: look.fontFamily
    font.pixelSize: look.fontSize
    horizontalAlignment: TextInput.AlignLeft
    implicitHeight: Tokens.size.control + Tokens.space.sm
    leftPadding: mirrored ? Tokens.space.md : inset
    placeholderTextColor: Tokens.color.textMuted
    renderType: Text.NativeRendering
    rightPadding: mirrored ? inset : Tokens.space.md
    selectByMouse: true
    selectedTextColor: Tokens.color.textOnAccent
    selectionColor: Tokens.color.accent
    verticalAlignment: TextInput.AlignVCenter

    background: Box {
        element: control.element
        whole: control

        Symbol {
            anchors.left: parent.left
            anchors.leftMargin: Tokens.space.md
            anchors.verticalCenter: parent.verticalCenter
            color: Tokens.color.textMuted
            height: Tokens.size.icon
            name: control.symbol
            stroke: Tokens.stroke.icon
            visible: control.symbol !== ""
            width: Tokens.size.icon
        }
    }

    Label {
        anchors.fill: parent
        anchors.leftMargin: control.inset
        anchors.rightMargin: Tokens.space.md
        color: control.placeholderTextColor
        text: control.placeholderText
        verticalAlignment: Text.AlignVCenter
        visible: control.length === 0 && control.preeditText === ""
    }
}
