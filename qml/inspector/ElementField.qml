import QtQuick
import Berth

// The path of the element; another one can be typed, whether it is on the screen or not.
LineField {
    id: field

    says: qsTr("Element, like panel button:hover")
    text: Inspector.path

    onAccepted: Inspector.choose(text)
    onActiveFocusChanged: text = Inspector.path

    Connections {
        target: Inspector

        function onChanged(): void {
            field.text = Inspector.path;
        }
    }
}
