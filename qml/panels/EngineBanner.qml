import QtQuick
import Berth
import "../components"

// A calm word while the engine is away for longer than a restart takes.
Card {
    id: banner

    property bool here: true
    property bool late: false

    Accessible.role: Accessible.StatusBar
    Accessible.name: words.text
    implicitHeight: words.implicitHeight + 2 * Tokens.space.md
    implicitWidth: row.implicitWidth + 2 * Tokens.space.lg
    element: "card.pill"
    visible: here && late && !Shell.engineConnected

    Timer {
        interval: Shell.engineGrace
        running: !Shell.engineConnected

        onRunningChanged: {
            if (running)
                banner.late = false;
        }
        onTriggered: banner.late = true
    }

    Row {
        id: row

        anchors.centerIn: parent
        spacing: Tokens.space.sm

        Symbol {
            anchors.verticalCenter: parent.verticalCenter
            color: Tokens.color.textMuted
            height: Tokens.size.icon
            name: "plug"
            stroke: Tokens.stroke.icon
            width: height
        }

        Label {
            id: words

            anchors.verticalCenter: parent.verticalCenter
            text: qsTr("Your apps keep running. Starting new ones works again in a moment.")
        }
    }
}
