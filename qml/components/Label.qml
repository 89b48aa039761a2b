import QtQuick
import Berth

// Words. Plain text always: most strings here come from apps. Inside of a control `look` is the control's.
Text {
    id: label

    property bool muted: false
    property string within: "" // the element that this is inside of, for the theme
    property string kind: "" // title or caption
    readonly property string named: within + " label" + (kind === "" ? "" : "." + kind) + (muted ? ".muted" : "")
    readonly property QtObject own: Styles.of(named)
    property QtObject dressed: null // as a Box is
    readonly property string element: look === own || look === dressed ? named : "" // else it is part of what it has its look from
    property var look: dressed ?? own
    readonly property bool plain: look.plain
    property Item wording: null

    Accessible.role: Accessible.StaticText
    Accessible.name: text
    color: look.color
    elide: Text.ElideRight
    font.family: look.fontFamily
    font.pixelSize: look.fontSize
    font.weight: look.fontWeight
    horizontalAlignment: Text.AlignLeft
    renderType: Text.NativeRendering
    textFormat: Text.PlainText

    Component.onCompleted: plainChanged()
    onPlainChanged: {
        if (!plain && !wording)
            wording = Qt.createComponent("Wording.qml").createObject(label, {
                label: label,
                look: Qt.binding(() => label.look)
            });
    }
}
