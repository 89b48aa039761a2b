import QtQuick
import Berth
import "../components"

// A sentence of the system to whoever logs in.
Box {
    id: message

    required property string text
    property bool error: false

    Accessible.role: Accessible.AlertMessage
    Accessible.name: text
    element: "login message" + (error ? ".error" : "")
    implicitHeight: words.implicitHeight + 2 * Tokens.space.sm
    implicitWidth: words.implicitWidth + 2 * Tokens.space.md

    Label {
        id: words

        anchors.left: parent.left
        anchors.margins: Tokens.space.md
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        Accessible.ignored: true
        horizontalAlignment: Text.AlignHCenter
        look: message.look
        maximumLineCount: 6
        text: message.text
        wrapMode: Text.Wrap
    }
}
