pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Which file, what it holds, and whether to add it.
Card {
    id: card

    readonly property var adding: Themes.adding
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl

    objectName: "addThemeCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    Accessible.description: advice.text
    implicitHeight: column.implicitHeight + 2 * margin
    implicitWidth: Tokens.size.prompt

    Component.onCompleted: place.forceActiveFocus(Qt.TabFocusReason)
    Keys.onEscapePressed: adding.close()
    Keys.onDownPressed: list.flick(0, -Tokens.size.prompt)
    Keys.onUpPressed: list.flick(0, Tokens.size.prompt)

    Connections {
        target: card.adding

        function onReadyChanged(): void {
            if (card.adding.ready)
                confirm.forceActiveFocus(Qt.TabFocusReason);
        }
    }

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
            text: card.adding.ready ? qsTr("Add %1?").arg(card.adding.name) : qsTr("Add a theme")
            wrapMode: Text.Wrap
        }

        Label {
            id: advice

            Accessible.role: card.adding.message !== "" ? Accessible.AlertMessage : Accessible.StaticText
            Layout.fillWidth: true
            color: card.adding.message !== "" ? Tokens.color.danger : look.color
            maximumLineCount: 6
            muted: true
            text: {
                if (card.adding.message !== "")
                    return card.adding.message;
                if (card.adding.busy)
                    return card.adding.ready ? qsTr("It is being added…") : qsTr("Looking at it…");
                if (card.adding.ready)
                    return card.adding.summary;
                return qsTr("Where is its file? Themes hold colours, pictures and fonts, and no programs.");
            }
            visible: text !== ""
            wrapMode: Text.Wrap
        }

        TextField {
            id: place

            objectName: "themePlace"
            KeyNavigation.backtab: confirm.enabled ? confirm : cancel
            KeyNavigation.tab: cancel
            Layout.fillWidth: true
            placeholderText: qsTr("File of the theme")
            readOnly: card.adding.busy

            onAccepted: card.adding.look(text)
            onTextEdited: card.adding.look("")
        }

        Scrolled {
            id: list

            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight
            visible: card.adding.ready

            Facts {
                model: card.adding.rows
                width: parent.width
            }
        }

        RowLayout {
            Layout.topMargin: Tokens.space.xs
            spacing: Tokens.space.sm

            Button {
                id: cancel

                objectName: "cancelTheme"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                KeyNavigation.backtab: place
                KeyNavigation.tab: confirm.enabled ? confirm : place
                text: qsTr("Cancel")

                onClicked: card.adding.close()
            }

            Button {
                id: confirm

                objectName: "confirmTheme"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                KeyNavigation.backtab: cancel
                KeyNavigation.tab: place
                enabled: card.adding.ready || place.length > 0 // also while it works: the keyboard stays here
                highlighted: true
                text: !card.adding.ready ? qsTr("Look at it") : card.adding.replaces ? qsTr("Replace yours") : qsTr("Add and use")

                onClicked: card.adding.ready ? card.adding.add() : card.adding.look(place.text)
            }
        }
    }
}
