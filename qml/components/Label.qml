import QtQuick
import Berth

// Words. Plain text always: most strings here come from apps.
Text {
    property bool muted: false
    property string within: "" // the element that this is inside of, for the theme
    property string kind: "" // title or caption
    readonly property string element: within + " label" + (kind === "" ? "" : "." + kind) + (muted ? ".muted" : "")
    readonly property var look: Styles.of(element)

    Accessible.role: Accessible.StaticText
    Accessible.name: text
    color: look.color
    elide: Text.ElideRight
    font.family: look.fontFamily
    font.italic: look.italic
    font.letterSpacing: look.letterSpacing
    font.pixelSize: look.fontSize
    font.weight: look.fontWeight
    horizontalAlignment: Text.AlignLeft
    renderType: Text.NativeRendering
    textFormat: Text.PlainText
}
