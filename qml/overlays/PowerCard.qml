pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What can be done, and the question before what ends the apps: those that run, and the two answers.
Card {
    id: card

    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl
    readonly property bool asking: Power.wanted !== ""

    function takeKeys(): void {
        if (asking)
            cancel.forceActiveFocus(Qt.TabFocusReason);
        else
            choices.itemAt(0)?.forceActiveFocus(Qt.TabFocusReason);
    }

    // Through what can be chosen, or the list of apps.
    function step(forward: bool): void {
        if (asking) {
            list.flick(0, forward ? -Tokens.size.prompt : Tokens.size.prompt);
            return;
        }
        const next = Window.activeFocusItem?.nextItemInFocusChain(forward);
        next?.forceActiveFocus(forward ? Qt.TabFocusReason : Qt.BacktabFocusReason);
    }

    objectName: "powerCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    Accessible.description: advice.text
    implicitHeight: column.implicitHeight + 2 * margin
    implicitWidth: Tokens.size.prompt

    Component.onCompleted: takeKeys()
    Keys.onDownPressed: step(true)
    Keys.onEscapePressed: Power.close()
    Keys.onUpPressed: step(false)
    onAskingChanged: Qt.callLater(takeKeys)

    Connections {
        target: Power

        function onChoicesChanged(): void {
            Qt.callLater(card.takeKeys);
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
            text: card.asking ? Power.question : qsTr("Leave")
            wrapMode: Text.Wrap
        }

        Label {
            id: advice

            Layout.fillWidth: true
            muted: true
            text: qsTr("These apps are running and will be closed: what they have not saved is lost.")
            visible: card.asking && Power.running.length > 0
            wrapMode: Text.Wrap
        }

        Scrolled {
            id: list

            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight
            visible: advice.visible

            Repeater {
                model: card.asking ? Power.running : []

                delegate: RowLayout {
                    id: row

                    required property var modelData

                    Accessible.role: Accessible.ListItem
                    Accessible.name: modelData.name
                    height: Tokens.size.target
                    spacing: Tokens.space.sm
                    width: parent?.width ?? 0

                    AppIcon {
                        Layout.preferredHeight: Tokens.size.icon
                        Layout.preferredWidth: Tokens.size.icon
                        app: row.modelData.app
                        name: row.modelData.name
                        source: row.modelData.icon
                    }

                    Label {
                        Accessible.ignored: true
                        Layout.fillWidth: true
                        text: row.modelData.name
                    }
                }
            }
        }

        Repeater {
            id: choices

            model: card.asking ? [] : Power.choices

            delegate: Button {
                required property var modelData

                objectName: "power-" + modelData.key
                Layout.fillWidth: true
                text: modelData.name

                onClicked: Power.ask(modelData.key)
            }
        }

        RowLayout {
            Layout.topMargin: Tokens.space.xs
            spacing: Tokens.space.sm

            Button {
                id: cancel

                objectName: "cancelPower"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                text: qsTr("Cancel")

                onClicked: Power.close()
            }

            Button {
                objectName: "confirmPower"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                destructive: true
                highlighted: true
                text: Power.action
                visible: card.asking

                onClicked: Power.confirm()
            }
        }
    }
}
