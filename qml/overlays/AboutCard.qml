pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What an app is, line by line: who makes it, its licence, its size, what it may ask for and why.
Card {
    id: card

    readonly property var about: Shell.about
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl

    objectName: "aboutCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    Accessible.description: summary.text
    implicitHeight: column.implicitHeight + 2 * margin
    implicitWidth: Tokens.size.prompt

    Component.onCompleted: closing.forceActiveFocus(Qt.TabFocusReason)
    Keys.onEscapePressed: about.close()
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
            text: card.about.name
            wrapMode: Text.Wrap
        }

        Label {
            id: summary

            Layout.fillWidth: true
            maximumLineCount: 4
            muted: true
            text: card.about.summary
            visible: text !== ""
            wrapMode: Text.Wrap
        }

        Scrolled {
            id: list

            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight

            Facts {
                model: card.about.facts
                width: parent.width
            }
        }

        Button {
            id: closing

            objectName: "closeAbout"
            Layout.fillWidth: true
            Layout.topMargin: Tokens.space.xs
            text: qsTr("Close")

            onClicked: card.about.close()
        }
    }
}
