import QtQuick

// A raised surface; children lie on it. Clicks on it go nowhere else.
Item {
    id: card

    property string element: "card"
    default property alias content: body.data

    Box {
        id: body

        anchors.fill: parent
        element: card.element

        MouseArea {
            acceptedButtons: Qt.AllButtons
            anchors.fill: parent
            hoverEnabled: true
            onWheel: wheel => wheel.accepted = true
        }
    }
}
