pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"
import "../lock"

// One of several people or sessions, and where `other` says so a name that is not among them.
Card {
    id: card

    required property string title
    required property var rows // each with key and name
    property string current: ""
    property string danger: "" // the row that ends something
    property string message: "" // of what did not work
    property string other: "" // what the field for another name asks for, empty without one

    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl
    readonly property real most: list.contentHeight + column.implicitHeight - list.implicitHeight + 2 * margin

    signal chosen(string key)
    signal cancelled

    function takeKeys(): void {
        const typing = other !== "" && field.text !== ""; // while the others were still looked for
        const first = buttons.count > 0 && !typing ? buttons.itemAt(Math.max(0, rows.findIndex(row => row.key === current))) : field;
        first.forceActiveFocus(Qt.TabFocusReason);
    }

    function step(forward: bool): void {
        const next = Window.activeFocusItem?.nextItemInFocusChain(forward);
        next?.forceActiveFocus(forward ? Qt.TabFocusReason : Qt.BacktabFocusReason);
    }

    objectName: "choiceCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title
    element: "login"
    implicitHeight: most
    implicitWidth: Tokens.size.prompt

    Keys.onDownPressed: step(true)
    Keys.onEscapePressed: cancelled()
    Keys.onUpPressed: step(false)

    ColumnLayout {
        id: column

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.md

        Label {
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignHCenter
            kind: "title"
            text: card.title
            within: "login"
            wrapMode: Text.Wrap
        }

        Message {
            Layout.fillWidth: true
            error: true
            text: card.message
            visible: text !== ""
        }

        Scrolled {
            id: list

            Layout.fillHeight: true
            Layout.fillWidth: true
            implicitHeight: Math.min(contentHeight, Tokens.size.control)
            spacing: Tokens.space.sm
            visible: buttons.count > 0

            Repeater {
                id: buttons

                model: card.rows

                Button {
                    id: row

                    required property var modelData

                    objectName: "choice-" + modelData.key
                    destructive: modelData.key === card.danger
                    highlighted: destructive || (card.current !== "" && modelData.key === card.current)
                    text: modelData.name
                    width: list.rowWidth
                    within: "login"

                    onActiveFocusChanged: {
                        if (activeFocus)
                            list.show(row);
                    }
                    onClicked: card.chosen(modelData.key)
                }
            }
        }

        RowLayout {
            spacing: Tokens.space.sm
            visible: card.other !== ""

            TextField {
                id: field

                objectName: "otherName"
                Layout.fillWidth: true
                inputMethodHints: Qt.ImhNoPredictiveText | Qt.ImhNoAutoUppercase
                maximumLength: 128
                placeholderText: card.other
                within: "login"

                onAccepted: {
                    if (text.trim() !== "")
                        card.chosen(text.trim());
                }
            }

            IconButton {
                objectName: "choiceKeyboard"
                side: Tokens.size.control
                symbol: "keyboard"
                text: qsTr("On-screen keyboard")
                visible: ScreenKeyboard.offered
                within: "login"

                onClicked: {
                    ScreenKeyboard.toggle();
                    field.forceActiveFocus();
                }
            }
        }

        Button {
            objectName: "choiceDone"
            Layout.fillWidth: true
            enabled: field.text.trim() !== ""
            highlighted: enabled
            text: qsTr("Continue")
            visible: card.other !== ""
            within: "login"

            onClicked: card.chosen(field.text.trim())
        }
    }
}
