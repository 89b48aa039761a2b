import QtQuick
import Berth

// A few words in a small pill, not clickable.
Box {
    id: tag

    required property string text
    property string symbol: ""
    property string within: "" // the element that this is inside of, for the theme

    readonly property real indent: symbol === "" ? 0 : Tokens.font.caption + Tokens.space.xs

    element: within + " tag"
    implicitHeight: words.implicitHeight + 2 * Tokens.space.xxs
    implicitWidth: words.implicitWidth + indent + 2 * Tokens.space.sm

    Symbol {
        anchors.left: parent.left
        anchors.leftMargin: Tokens.space.sm
        anchors.verticalCenter: parent.verticalCenter
        color: tag.look.color
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
        look: tag.look
        text: tag.text
    }
}
