import QtQuick
import Berth

// A raised surface with a shadow; children lie on it. Clicks on it go nowhere else.
Item {
    id: card

    property color color: Tokens.color.surfaceRaised
    property real radius: Tokens.radius.lg
    default property alias content: body.data

    Shadow {}

    Rectangle {
        id: body

        anchors.fill: parent
        border.color: Tokens.color.border
        border.width: Tokens.stroke.hairline
        color: card.color
        radius: card.radius

        MouseArea {
            acceptedButtons: Qt.AllButtons
            anchors.fill: parent
            hoverEnabled: true
            onWheel: wheel => wheel.accepted = true
        }
    }
}
