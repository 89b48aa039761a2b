import QtQuick

// Darkens everything behind it and takes every pointer, wheel and finger that lands on it.
Box {
    id: scrim

    signal clicked

    element: "scrim"

    MouseArea {
        acceptedButtons: Qt.AllButtons
        anchors.fill: parent
        hoverEnabled: true
        onClicked: scrim.clicked()
        onWheel: wheel => wheel.accepted = true
    }
}
