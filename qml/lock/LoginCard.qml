pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Who somebody is, and a field for the password or whatever else the system asks to be sure of it. What it looks like
// is the theme's, but no theme can hide the field or what is said beside it.
Card {
    id: card

    required property string name
    required property string picture
    required property string question
    required property string message
    required property string action // of the button
    required property string layout // of the keyboard, where there are several
    required property bool secret
    required property bool error
    required property bool ready // an answer would be taken
    required property bool busy
    required property bool capsLock
    property int longest: 512
    property int patience: 3000 // milliseconds of an attempt before a finger can give it up; a double click does not
    property bool slow: false
    property alias extras: extras.data // below the button

    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl
    readonly property alias field: field
    readonly property bool alone: extras.children.length === 0 // field and button are all that takes keys

    signal answered(string text)
    signal cancelled

    function submit(): void {
        if (!ready)
            return;
        const text = field.text;
        field.clear();
        answered(text);
    }

    objectName: "loginCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: name
    element: "login"
    implicitHeight: column.implicitHeight + 2 * margin
    implicitWidth: Tokens.size.prompt

    Keys.onEscapePressed: {
        field.clear();
        field.forceActiveFocus();
        cancelled();
    }
    onBusyChanged: slow = false

    Timer {
        interval: card.patience
        running: card.busy

        onTriggered: card.slow = true
    }

    ColumnLayout {
        id: column

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.md

        Avatar {
            Layout.alignment: Qt.AlignHCenter
            name: card.name
            picture: card.picture
        }

        Label {
            Layout.fillWidth: true
            horizontalAlignment: Text.AlignHCenter
            kind: "title"
            text: card.name
            within: "login"
        }

        RowLayout {
            spacing: Tokens.space.sm

            TextField {
                id: field

                objectName: "loginField"
                Accessible.passwordEdit: card.secret
                KeyNavigation.backtab: card.alone ? action : null
                KeyNavigation.tab: action
                Layout.fillWidth: true
                echoMode: card.secret ? TextInput.Password : TextInput.Normal
                focus: true
                inputMethodHints: Qt.ImhSensitiveData | Qt.ImhNoPredictiveText | Qt.ImhNoAutoUppercase
                maximumLength: card.longest
                placeholderText: card.question
                readOnly: !card.ready
                selectByMouse: false
                symbol: card.secret ? "lock" : ""
                within: "login"

                // What was typed before would come back, and in the open where that is asked for.
                Keys.onPressed: event => event.accepted = event.matches(StandardKey.Undo) || event.matches(StandardKey.Redo)
                onAccepted: card.submit()
            }

            IconButton {
                objectName: "loginKeyboard"
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

            Label {
                Accessible.name: qsTr("Keyboard layout %1").arg(text)
                kind: "caption"
                text: card.layout
                visible: text !== ""
                within: "login"
            }
        }

        Message {
            id: said

            Layout.fillWidth: true
            error: card.error
            text: card.busy && card.message === "" ? qsTr("Checking…") : card.message
            visible: text !== ""
        }

        Message {
            Layout.fillWidth: true
            objectName: "capsLock"
            text: qsTr("Caps Lock is on.")
            visible: card.capsLock
        }

        Button {
            id: action

            objectName: "loginAction"
            KeyNavigation.backtab: card.alone ? field : null
            KeyNavigation.tab: card.alone ? field : null
            Layout.fillWidth: true
            enabled: card.ready || card.slow
            highlighted: true
            text: card.slow ? qsTr("Cancel") : card.action
            within: "login"

            onClicked: {
                if (card.slow)
                    card.cancelled();
                else
                    card.submit();
                field.forceActiveFocus();
            }
        }

        ColumnLayout {
            id: extras

            Layout.fillWidth: true
            spacing: Tokens.space.sm
            visible: !card.alone
        }
    }
}
