pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Berth
import "../components"

// One question of an app, with everything a person needs to decide, and three answers for how long.
Card {
    id: card

    required property string prompt
    required property string app
    required property string name
    required property string icon
    required property string question
    required property string explanation
    required property string reason
    required property string publisher
    required property string digest
    required property int waiting
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl
    property bool ready: false
    property string duration: "once"

    // Not before the person had time to see the question, and has stopped typing into what was there before.
    function answer(allow: bool): void {
        if (ready)
            Shell.answerPrompt(prompt, allow, duration);
        else
            guard.restart();
    }

    function refuse(): void {
        duration = "once";
        answer(false);
    }

    function hold(): void {
        if (!ready)
            guard.restart();
    }

    // Letters are meant for something else: who goes on typing has not seen the question.
    function overhear(event: var): void {
        if (event.text)
            ready = false;
        hold();
    }

    objectName: "promptCard"
    element: "prompt"
    Accessible.role: Accessible.Dialog
    Accessible.name: question
    Accessible.description: explanation
    implicitHeight: column.implicitHeight + 2 * margin
    implicitWidth: Tokens.size.prompt

    Component.onCompleted: deny.forceActiveFocus(Qt.TabFocusReason)
    Keys.onEscapePressed: event => {
        if (!event.isAutoRepeat)
            refuse();
    }
    Keys.onPressed: event => overhear(event)

    Timer {
        id: guard

        objectName: "guard"
        interval: Shell.promptGuard
        running: true

        // What was pressed before it counts does not count when it is let go either.
        onTriggered: deny.pressed || allow.pressed ? restart() : card.ready = true
    }

    ColumnLayout {
        id: column

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.md

        RowLayout {
            spacing: Tokens.space.sm

            Tag {
                within: "prompt"
                symbol: "shield"
                text: qsTr("Berth asks you")
            }

            Item {
                Layout.fillWidth: true
            }

            Label {
                kind: "caption"
                within: "prompt"
                muted: true
                text: qsTr("1 of %1").arg(card.waiting)
                visible: card.waiting > 1
            }
        }

        Flickable {
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight
            boundsBehavior: Flickable.StopAtBounds
            clip: contentHeight > height
            contentHeight: matter.implicitHeight
            interactive: contentHeight > height

            T.ScrollBar.vertical: ScrollBar {}

            Matter {
                id: matter

                app: card.app
                digest: card.digest
                explanation: card.explanation
                icon: card.icon
                name: card.name
                publisher: card.publisher
                question: card.question
                reason: card.reason
                width: parent.width
            }
        }

        Durations {
            id: durations

            Layout.fillWidth: true
            duration: card.duration
            next: deny
            previous: allow

            onChosen: duration => card.duration = duration
            onHeld: card.hold()
        }

        RowLayout {
            Layout.topMargin: Tokens.space.xs
            opacity: card.ready ? 1 : Tokens.opacity.muted
            spacing: Tokens.space.sm

            Button {
                id: deny

                objectName: "deny"
                within: "prompt"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                KeyNavigation.backtab: durations.last
                KeyNavigation.tab: allow
                text: qsTr("Don’t allow")

                onClicked: card.answer(false)
                onPressed: card.hold()
            }

            Button {
                id: allow

                objectName: "allow"
                within: "prompt"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                KeyNavigation.backtab: deny
                KeyNavigation.tab: durations.first
                highlighted: true
                text: qsTr("Allow")

                onClicked: card.answer(true)
                onPressed: card.hold()
            }
        }
    }
}
