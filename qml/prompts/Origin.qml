import QtQuick
import Berth
import "../components"

// Who an app comes from: what the image store knows, not what the app claims.
Column {
    id: origin

    required property string app
    required property string publisher
    required property string digest

    spacing: Tokens.space.xxs

    Label {
        kind: "caption"
        within: "prompt"
        muted: true
        text: origin.publisher !== "" ? qsTr("From %1 · %2").arg(origin.publisher).arg(origin.app) : qsTr("Publisher unknown · %1").arg(origin.app)
        width: parent.width
    }

    Label {
        font.family: Tokens.font.monospace
        kind: "caption"
        within: "prompt"
        muted: true
        text: qsTr("Image %1").arg(origin.digest)
        visible: origin.digest !== ""
        width: parent.width
    }
}
