import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// A line of typed text in the card of the inspector.
T.TextField {
    id: control

    required property string says // what a screen reader says

    readonly property string element: "inspector field" + (activeFocus ? ":focus" : "")
    readonly property var look: (background as Box).look

    // Who types does not point: the keyboard on the screen is for its letters then.
    onActiveFocusChanged: {
        if (activeFocus)
            Inspector.picking = false;
    }

    Accessible.role: Accessible.EditableText
    Accessible.name: says
    color: look.color
    font.family: Tokens.font.monospace
    font.pixelSize: look.fontSize
    horizontalAlignment: TextInput.AlignLeft
    implicitHeight: Tokens.size.control
    leftPadding: Tokens.space.sm
    renderType: Text.NativeRendering
    rightPadding: Tokens.space.sm
    selectByMouse: true
    selectedTextColor: Tokens.color.textOnAccent
    selectionColor: Tokens.color.accent
    verticalAlignment: TextInput.AlignVCenter

    background: Box {
        element: control.element
    }

    Label {
        Accessible.ignored: true
        anchors.fill: parent
        anchors.leftMargin: control.leftPadding
        anchors.rightMargin: control.rightPadding
        muted: true
        text: control.says
        verticalAlignment: Text.AlignVCenter
        visible: control.length === 0
        within: "inspector"
    }
}
