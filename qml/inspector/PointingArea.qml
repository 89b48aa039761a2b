import QtQuick
import Berth

// Takes every press while the user chooses an element, and tells what is under the pointer.
MouseArea {
    id: area

    required property Item screen // whose coordinates the inspector goes by

    function point(mouse: var): void {
        const place = mapToItem(screen, mouse.x, mouse.y);
        Inspector.pointAt(place.x, place.y);
    }

    acceptedButtons: Qt.AllButtons
    cursorShape: Qt.CrossCursor
    hoverEnabled: true

    onClicked: mouse => {
        point(mouse);
        Inspector.picking = false;
    }
    onPositionChanged: mouse => point(mouse)
    onWheel: wheel => wheel.accepted = true
}
