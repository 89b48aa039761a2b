import QtQuick
import Berth

// Words. Plain text always: most strings here come from apps.
Text {
    property bool muted: false

    Accessible.role: Accessible.StaticText
    Accessible.name: text
    color: muted ? Tokens.color.textMuted : Tokens.color.text
    elide: Text.ElideRight
    font.family: Tokens.font.family
    font.pixelSize: Tokens.font.body
    font.weight: Tokens.font.regular
    horizontalAlignment: Text.AlignLeft
    renderType: Text.NativeRendering
    textFormat: Text.PlainText
}
