import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What an image would become, line by line, or why it cannot come; then it is fetched and started.
Card {
    id: card

    readonly property var review: Shell.review
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl

    objectName: "reviewCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    Accessible.description: status.text
    implicitHeight: column.implicitHeight + 2 * margin
    implicitWidth: Tokens.size.prompt

    Component.onCompleted: leaving.forceActiveFocus(Qt.TabFocusReason)
    Keys.onEscapePressed: review.close()
    Keys.onDownPressed: list.flick(0, -Tokens.size.prompt)
    Keys.onUpPressed: list.flick(0, Tokens.size.prompt)

    ColumnLayout {
        id: column

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.sm

        Label {
            id: title

            Layout.fillWidth: true
            kind: "title"
            maximumLineCount: 2
            text: qsTr("Run this image?")
            wrapMode: Text.Wrap
        }

        Label {
            id: status

            Accessible.role: card.review.problem !== "" ? Accessible.AlertMessage : Accessible.StaticText
            Layout.fillWidth: true
            color: card.review.problem !== "" ? Tokens.color.danger : Tokens.color.textMuted
            maximumLineCount: 6
            text: card.review.looking ? qsTr("Asking the registry for %1…").arg(card.review.reference) : card.review.problem !== "" ? card.review.problem : qsTr("Nothing of it is here yet but its description.")
            wrapMode: Text.Wrap
        }

        Label {
            Layout.fillWidth: true
            maximumLineCount: 6
            muted: true
            text: card.review.hint
            visible: text !== ""
            wrapMode: Text.Wrap
        }

        ProgressBar {
            Layout.fillWidth: true
            fraction: -1
            visible: card.review.looking
        }

        Scrolled {
            id: list

            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight
            visible: card.review.ready

            Facts {
                model: card.review.facts
                width: parent.width
            }
        }

        RowLayout {
            Layout.topMargin: Tokens.space.xs
            spacing: Tokens.space.sm

            Button {
                id: leaving

                objectName: "leaveReview"
                Layout.fillWidth: true
                text: card.review.ready ? qsTr("Cancel") : qsTr("Close")

                onClicked: card.review.close()
            }

            Button {
                objectName: "fetchImage"
                Layout.fillWidth: true
                highlighted: true
                text: qsTr("Fetch and start")
                visible: card.review.ready

                onClicked: card.review.fetch()
            }
        }
    }
}
