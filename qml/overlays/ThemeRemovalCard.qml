import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What goes with a theme, what comes to its place, and the two answers.
Card {
    id: card

    readonly property var removing: Themes.removing
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl

    objectName: "themeRemovalCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    Accessible.description: advice.text
    implicitHeight: column.implicitHeight + 2 * margin
    implicitWidth: Tokens.size.prompt

    Component.onCompleted: cancel.forceActiveFocus(Qt.TabFocusReason)
    Keys.onEscapePressed: removing.close()

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
            text: qsTr("Remove %1?").arg(card.removing.name)
            wrapMode: Text.Wrap
        }

        Label {
            id: advice

            Accessible.role: card.removing.message !== "" ? Accessible.AlertMessage : Accessible.StaticText
            Layout.fillWidth: true
            color: card.removing.message !== "" ? Tokens.color.danger : Tokens.color.textMuted
            maximumLineCount: 6
            text: card.removing.message !== "" ? card.removing.message : card.removing.busy ? qsTr("It is being removed…") : qsTr("It cannot be brought back, but added again from its file.")
            wrapMode: Text.Wrap
        }

        Scrolled {
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight

            Facts {
                model: card.removing.rows
                width: parent.width
            }
        }

        RowLayout {
            Layout.topMargin: Tokens.space.xs
            spacing: Tokens.space.sm

            Button {
                id: cancel

                objectName: "cancelThemeRemoval"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                text: card.removing.busy ? qsTr("Close") : qsTr("Cancel")

                onClicked: card.removing.close()
            }

            Button {
                objectName: "confirmThemeRemoval"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                destructive: true
                highlighted: true
                text: qsTr("Remove")

                onClicked: card.removing.confirm()
            }
        }
    }
}
