import QtQuick
import Berth

// A few words in a small pill, not clickable.
Rectangle {
    id: tag

    required property string text
    property string symbol: ""

    readonly property real indent: symbol === "" ? 0 : Tokens.font.caption + Tokens.space.xs

    color: Tokens.color.hover
    implicitHeight: words.implicitHeight + 2 * Tokens.space.xxs
    implicitWidth: words.implicitWidth + indent + 2 * Tokens.space.sm
    radius: height / 2

    Symbol {
        anchors.left: parent.left
        anchors.leftMargin: Tokens.space.sm
        anchors.verticalCenter: parent.verticalCenter
        color: Tokens.color.textMuted
        height: Tokens.font.caption
        name: tag.symbol
        stroke: Tokens.stroke.icon / 2
        visible: tag.symbol !== ""
        width: height
    }

    Label {
        id: words

        anchors.left: parent.left
        anchors.leftMargin: Tokens.space.sm + tag.indent
        anchors.right: parent.right
        anchors.rightMargin: Tokens.space.sm
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: Tokens.font.caption
        muted: true
        text: tag.text
    }
}
