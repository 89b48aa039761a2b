import QtQuick
import Berth

// An app's icon, or its letter on a colour of its own while there is none.
Item {
    id: icon

    required property string app
    required property string name
    required property string source

    readonly property list<color> grounds: [Tokens.color.tile1, Tokens.color.tile2, Tokens.color.tile3, Tokens.color.tile4, Tokens.color.tile5, Tokens.color.tile6, Tokens.color.tile7, Tokens.color.tile8]
    readonly property bool pictured: picture.status === Image.Ready

    implicitHeight: Tokens.size.appIcon
    implicitWidth: Tokens.size.appIcon

    Rectangle {
        anchors.fill: parent
        color: icon.grounds[Shell.tile(icon.app) - 1]
        radius: width / 4
        visible: !icon.pictured

        Text {
            anchors.centerIn: parent
            color: Tokens.color.tileText
            font.family: Tokens.font.family
            font.pixelSize: parent.height / 2
            font.weight: Tokens.font.bold
            text: Shell.letter(icon.name)
            textFormat: Text.PlainText
        }
    }

    Image {
        id: picture

        anchors.fill: parent
        asynchronous: true
        fillMode: Image.PreserveAspectFit
        mipmap: true
        source: icon.source
        sourceSize: Qt.size(width, height)
    }
}
