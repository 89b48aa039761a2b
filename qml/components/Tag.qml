import QtQuick
import Berth

// A few words in a small pill, not clickable.
Rectangle {
    id: tag

    required property string text
    property string symbol: ""

    implicitHeight: words.implicitHeight + 2 * Tokens.space.xxs
    implicitWidth: row.implicitWidth + 2 * Tokens.space.sm
    color: Tokens.color.hover
    radius: height / 2

    Row {
        id: row

        anchors.centerIn: parent
        spacing: Tokens.space.xs

        Symbol {
            anchors.verticalCenter: parent.verticalCenter
            color: Tokens.color.textMuted
            height: Tokens.font.caption
            name: tag.symbol
            stroke: Tokens.stroke.hairline
            visible: tag.symbol !== ""
            width: height
        }

        Label {
            id: words

            font.pixelSize: Tokens.font.caption
            muted: true
            text: tag.text
            width: Math.min(implicitWidth, tag.width > 0 ? tag.width - 2 * Tokens.space.sm - x : implicitWidth)
        }
    }
}
