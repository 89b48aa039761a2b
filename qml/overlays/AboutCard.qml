pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
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

        Flickable {
            id: list

            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight
            boundsBehavior: Flickable.StopAtBounds
            clip: contentHeight > height
            contentHeight: facts.implicitHeight
            interactive: contentHeight > height

            T.ScrollBar.vertical: ScrollBar {}

            Column {
                id: facts

                spacing: Tokens.space.xs
                width: list.width

                Repeater {
                    model: card.about.facts

                    delegate: Column {
                        id: fact

                        required property string label
                        required property string text

                        Accessible.role: Accessible.ListItem
                        Accessible.name: `${label}, ${text}`
                        width: parent?.width ?? 0

                        Label {
                            Accessible.ignored: true
                            kind: "caption"
                            muted: true
                            text: fact.label
                            width: parent.width
                        }

                        Label {
                            Accessible.ignored: true
                            maximumLineCount: 4
                            text: fact.text
                            width: parent.width
                            wrapMode: Text.Wrap
                        }
                    }
                }
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
