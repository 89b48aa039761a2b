import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// How an app runs: the profile, a section of what can be set, and when it takes effect.
Card {
    id: card

    readonly property var settings: Shell.runSettings
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl

    function takeKeys(): void {
        sections.takeKeys();
    }

    objectName: "runCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    Accessible.description: effect.text

    Component.onCompleted: takeKeys()
    Keys.onEscapePressed: settings.close()

    ColumnLayout {
        id: column

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.sm

        CardHeader {
            id: title

            Layout.fillWidth: true
            leaveName: "leaveSettings"
            text: qsTr("How %1 runs").arg(card.settings.name)

            onLeaving: card.settings.close()
        }

        RunProfiles {
            Layout.fillWidth: true
        }

        RunSections {
            id: sections

            Layout.fillWidth: true
        }

        Label {
            Accessible.role: Accessible.AlertMessage
            Layout.fillHeight: true
            Layout.fillWidth: true
            color: Tokens.color.danger
            maximumLineCount: 8
            text: card.settings.problem
            visible: text !== ""
            wrapMode: Text.Wrap
        }

        RunList {
            objectName: "settings"
            Layout.topMargin: Tokens.space.sm
            Layout.fillHeight: true
            Layout.fillWidth: true
            visible: card.settings.problem === ""
        }

        GridLayout {
            columnSpacing: Tokens.space.sm
            columns: column.width > Tokens.size.searchWidth ? 3 : 1
            rowSpacing: Tokens.space.xs

            Label {
                id: effect

                objectName: "effect"
                Layout.fillWidth: true
                maximumLineCount: 2
                muted: true
                text: card.settings.outdated ? qsTr("%1 is running as it was started. Changes apply at its next start.").arg(card.settings.name) : card.settings.used ? qsTr("%1 is running as it is set here.").arg(card.settings.name) : qsTr("Changes apply at the next start.")
                wrapMode: Text.Wrap
            }

            Button {
                id: restart

                objectName: "restartApp"
                Layout.fillWidth: column.width <= Tokens.size.searchWidth
                highlighted: true
                text: qsTr("Restart now")
                visible: card.settings.outdated

                onClicked: card.settings.restart()
            }

            Button {
                id: back

                objectName: "resetSettings"
                Layout.fillWidth: column.width <= Tokens.size.searchWidth
                enabled: card.settings.changes > 0 || card.settings.problem !== ""
                text: qsTr("Back to default")

                onClicked: card.settings.reset()
            }
        }
    }
}
