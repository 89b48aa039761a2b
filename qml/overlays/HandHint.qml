import QtQuick
import Berth
import "../components"

// Says what the keys do while a window is moved or resized by them.
Card {
    required property bool active // where the user works

    Accessible.role: Accessible.AlertMessage
    Accessible.name: words.text
    implicitHeight: words.implicitHeight + 2 * Tokens.space.md
    implicitWidth: words.implicitWidth + 2 * Tokens.space.lg
    element: "card.pill"
    visible: active && Scene.handKeys !== ""

    Label {
        id: words

        anchors.centerIn: parent
        text: Scene.handKeys === "move" ? qsTr("Move the window with the arrow keys. Return: done. Escape: back.") : qsTr("Resize the window with the arrow keys. Return: done. Escape: back.")
    }
}
