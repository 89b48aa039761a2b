import QtQuick
import Berth
import "../components"

// A person's picture, or the first letter of the name.
Box {
    id: avatar

    required property string name
    required property string picture

    readonly property bool pictured: image.status === Image.Ready

    Accessible.ignored: true
    element: "login avatar"
    implicitHeight: Tokens.size.switcherRow + Tokens.space.xl
    implicitWidth: implicitHeight

    Label {
        anchors.centerIn: parent
        color: avatar.look.color
        font.pixelSize: avatar.height / 2
        look: avatar.look
        text: Shell.letter(avatar.name)
        visible: !avatar.pictured
    }

    Image {
        id: image

        anchors.fill: parent
        anchors.margins: avatar.look.borderWidth
        asynchronous: true
        fillMode: Image.PreserveAspectCrop
        mipmap: true
        source: avatar.picture
        sourceSize: Qt.size(width, height)
    }
}
