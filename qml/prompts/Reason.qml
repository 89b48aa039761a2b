import QtQuick
import Berth
import "../components"

// The manifest's reason, marked as words of the app and not of the desktop.
Box {
    id: quote

    required property string name
    required property string reason

    element: "prompt quote"
    implicitHeight: words.implicitHeight + 2 * Tokens.space.md

    Column {
        id: words

        anchors.left: parent.left
        anchors.margins: Tokens.space.md
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        spacing: Tokens.space.xxs

        Label {
            kind: "caption"
            within: quote.element
            muted: true
            text: qsTr("%1 says, in its own words:").arg(quote.name)
            width: parent.width
        }

        Label {
            within: quote.element
            maximumLineCount: 6
            text: qsTr("“%1”").arg(quote.reason)
            width: parent.width
            wrapMode: Text.Wrap
        }
    }
}
