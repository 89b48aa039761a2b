pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What a running app is made of, sees and may do, section by section; each begins with a sentence that says what it is.
Card {
    id: card

    readonly property var inside: Shell.inside
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl

    objectName: "insideCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    implicitHeight: rows.implicitHeight + 2 * margin

    Component.onCompleted: title.leave.forceActiveFocus(Qt.TabFocusReason)
    Keys.onDownPressed: list.scroll(0.25)
    Keys.onEscapePressed: inside.close()
    Keys.onPressed: event => {
        if (event.key === Qt.Key_PageDown)
            list.scroll(0.9);
        else if (event.key === Qt.Key_PageUp)
            list.scroll(-0.9);
    }
    Keys.onUpPressed: list.scroll(-0.25)

    ColumnLayout {
        id: rows

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.sm

        CardHeader {
            id: title

            Layout.fillWidth: true
            leaveName: "leaveInside"
            text: qsTr("Inside %1").arg(card.inside.name)

            onLeaving: card.inside.close()
        }

        Flow {
            Accessible.role: Accessible.PageTabList
            Accessible.name: qsTr("Sections")
            Layout.fillWidth: true
            spacing: Tokens.space.xs

            Repeater {
                model: card.inside.sections.length

                delegate: Choice {
                    required property int index

                    readonly property var section: card.inside.sections[index]

                    objectName: "inside-" + section.id
                    autoExclusive: false
                    checkable: false
                    checked: card.inside.section === section.id
                    text: section.name

                    Keys.onEnterPressed: click()
                    Keys.onReturnPressed: click()
                    onClicked: {
                        list.contentY = 0;
                        card.inside.showSection(section.id);
                    }
                }
            }
        }

        Label {
            objectName: "insideSentence"
            Layout.fillWidth: true
            maximumLineCount: 3
            muted: true
            text: card.inside.sentence
            wrapMode: Text.Wrap
        }

        Label {
            objectName: "insideFault"
            Accessible.role: Accessible.AlertMessage
            Layout.fillWidth: true
            color: Tokens.color.danger
            maximumLineCount: 4
            text: card.inside.fault
            visible: text !== ""
            wrapMode: Text.Wrap
        }

        Scrolled {
            id: list

            Accessible.role: Accessible.List
            Accessible.name: card.inside.sentence
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: Math.max(contentHeight, Tokens.size.control * 4)
            spacing: Tokens.space.sm

            Repeater {
                model: card.inside.rows

                delegate: InsideEntry {
                    width: list.rowWidth
                }
            }
        }

        GridLayout {
            Layout.fillWidth: true
            columnSpacing: Tokens.space.sm
            columns: card.width < Tokens.size.prompt ? 1 : 2
            rowSpacing: Tokens.space.sm
            uniformCellWidths: true

            Button {
                objectName: "openShell"
                Layout.fillWidth: true
                text: qsTr("Open a terminal inside")

                onClicked: card.inside.openShell()
            }

            Button {
                id: again

                objectName: "lookAgain"
                Layout.fillWidth: true
                text: qsTr("Look again")

                onClicked: card.inside.look()
            }
        }
    }
}
