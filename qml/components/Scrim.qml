import QtQuick

// Darkens everything behind it and takes every pointer, wheel and finger that lands on it; a press that is not
// accepted goes on to what is below.
Box {
    id: scrim

    property alias hovers: area.hoverEnabled // or what is below hears of a pointer over it

    signal clicked
    signal pressed(mouse: MouseEvent)

    element: "scrim"

    MouseArea {
        id: area

        acceptedButtons: Qt.AllButtons
        anchors.fill: parent
        hoverEnabled: true
        onClicked: scrim.clicked()
        onPressed: mouse => scrim.pressed(mouse)
        onWheel: wheel => wheel.accepted = true
    }
}
