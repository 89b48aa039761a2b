import QtQuick
import Berth

// Darkens everything behind it and takes every pointer, wheel and finger that lands on it.
Rectangle {
    id: scrim

    signal clicked

    color: Tokens.color.scrim

    MouseArea {
        acceptedButtons: Qt.AllButtons
        anchors.fill: parent
        hoverEnabled: true
        onClicked: scrim.clicked()
        onWheel: wheel => wheel.accepted = true
    }
}
