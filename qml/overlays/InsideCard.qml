pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Berth
import "../components"

// What a running app is made of, sees and may do, section by section; each begins with a sentence that says what it is.
Card {
    id: card

    readonly property var inside: Shell.inside
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl

    // The list goes by a part of what is seen of it.
    function scroll(parts: real): void {
        list.contentY = Math.max(0, Math.min(list.contentHeight - list.height, list.contentY + parts * list.height));
    }

    objectName: "insideCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    implicitHeight: rows.implicitHeight + 2 * margin

    Component.onCompleted: leave.forceActiveFocus(Qt.TabFocusReason)
    Keys.onDownPressed: scroll(0.25)
    Keys.onEscapePressed: inside.close()
    Keys.onPressed: event => {
        if (event.key === Qt.Key_PageDown)
            scroll(0.9);
        else if (event.key === Qt.Key_PageUp)
            scroll(-0.9);
    }
    Keys.onUpPressed: scroll(-0.25)

    // The keyboard goes round in the card, whatever its last control is.
    Item {
        Accessible.ignored: true
        activeFocusOnTab: true

        onActiveFocusChanged: {
            if (activeFocus)
                again.forceActiveFocus(Qt.BacktabFocusReason);
        }
    }

    ColumnLayout {
        id: rows

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.sm

        RowLayout {
            Label {
                id: title

                Layout.fillWidth: true
                kind: "title"
                maximumLineCount: 2
                text: qsTr("Inside %1").arg(card.inside.name)
                wrapMode: Text.Wrap
            }

            IconButton {
                id: leave

                objectName: "leaveInside"
                symbol: "close"
                symbolSize: Tokens.size.iconSmall
                text: qsTr("Close")

                onClicked: card.inside.close()
            }
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

        Flickable {
            id: list

            Accessible.role: Accessible.List
            Accessible.name: card.inside.sentence
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: Math.max(contentHeight, Tokens.size.control * 4)
            boundsBehavior: Flickable.StopAtBounds
            clip: contentHeight > height
            contentHeight: column.implicitHeight
            interactive: contentHeight > height

            T.ScrollBar.vertical: ScrollBar {}

            Column {
                id: column

                spacing: Tokens.space.sm
                width: list.width - (list.interactive ? Tokens.space.md : 0)
                x: LayoutMirroring.enabled ? list.width - width : 0

                Repeater {
                    model: card.inside.rows

                    delegate: InsideEntry {
                        width: column.width
                    }
                }
            }
        }

        Button {
            id: again

            objectName: "lookAgain"
            Layout.fillWidth: true
            text: qsTr("Look again")

            onClicked: card.inside.look()
        }
    }

    Item {
        Accessible.ignored: true
        activeFocusOnTab: true

        onActiveFocusChanged: {
            if (activeFocus)
                leave.forceActiveFocus(Qt.TabFocusReason);
        }
    }
}
