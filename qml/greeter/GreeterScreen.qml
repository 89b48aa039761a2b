pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"
import "../keyboard"
import "../layouts"
import "../lock"

// What an output shows before anybody has logged in: who can, the question for the password, and which session begins.
FocusScope {
    id: screen

    property Output output: null
    property bool choosingSession: false

    readonly property real room: height - keyboard.covered
    readonly property bool choosing: choosingSession || Greeter.user === ""
    readonly property Item card: Power.open ? power : choosing ? choice : login
    readonly property bool low: room < clock.height + card.implicitHeight + 4 * Tokens.space.xl

    function takeKeys(): void {
        if (Power.open)
            power.takeKeys();
        else if (choosing)
            choice.takeKeys();
        else
            login.field.forceActiveFocus(Qt.TabFocusReason);
    }

    // In the middle of what the clock leaves, as high as there is room.
    function topOf(card: Item): real {
        return Math.round(low ? (room - card.height) / 2 : (room + clock.height - card.height) / 2);
    }

    LayoutMirroring.childrenInherit: true
    LayoutMirroring.enabled: Application.layoutDirection === Qt.RightToLeft
    Accessible.role: Accessible.Pane
    Accessible.name: qsTr("Log in")

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    onChoosingChanged: Qt.callLater(takeKeys)

    Connections {
        target: Greeter

        function onChanged(): void {
            Qt.callLater(screen.takeKeys);
        }
    }

    Connections {
        target: Power

        function onChanged(): void {
            Qt.callLater(screen.takeKeys);
        }

        function onChoicesChanged(): void {
            if (Power.open)
                Qt.callLater(screen.takeKeys);
        }
    }

    Sea {
        anchors.fill: parent
    }

    Box {
        anchors.fill: parent
        element: "greeter"

        MouseArea {
            acceptedButtons: Qt.AllButtons
            anchors.fill: parent
            hoverEnabled: true
            onPressed: screen.takeKeys()
            onWheel: wheel => wheel.accepted = true
        }
    }

    LargeClock {
        id: clock

        anchors.horizontalCenter: parent.horizontalCenter
        visible: !screen.low
        within: "greeter"
        y: screen.card.y - height - Math.max(Tokens.space.lg, Math.min(Tokens.space.xl * 2, (screen.card.y - height) / 2))
    }

    ChoiceCard {
        id: choice

        current: screen.choosingSession ? Greeter.session : ""
        height: Math.min(implicitHeight, screen.room - 2 * Tokens.space.md)
        other: screen.choosingSession ? "" : qsTr("Account name")
        rows: screen.choosingSession ? Greeter.sessions : Greeter.people
        title: screen.choosingSession ? qsTr("Which session?") : qsTr("Who is logging in?")
        visible: screen.card === choice
        width: Math.min(implicitWidth, screen.width - 2 * Tokens.space.md)
        x: Math.round((screen.width - width) / 2)
        y: screen.topOf(choice)

        onCancelled: screen.choosingSession = false
        onChosen: key => {
            if (screen.choosingSession)
                Greeter.chooseSession(key);
            else
                Greeter.choose(key);
            screen.choosingSession = false;
        }
    }

    ChoiceCard {
        id: power

        readonly property bool asking: Power.wanted !== ""

        objectName: "powerChoice"
        danger: Power.wanted
        height: Math.min(implicitHeight, screen.room - 2 * Tokens.space.md)
        rows: asking ? [
            {
                key: "",
                name: qsTr("Cancel")
            },
            {
                key: Power.wanted,
                name: Power.action
            }
        ] : Power.choices
        title: asking ? Power.question : qsTr("This machine")
        visible: screen.card === power
        width: Math.min(implicitWidth, screen.width - 2 * Tokens.space.md)
        x: Math.round((screen.width - width) / 2)
        y: screen.topOf(power)

        onCancelled: Power.close()
        onChosen: key => {
            if (!asking)
                Power.ask(key);
            else if (key === "")
                Power.close();
            else
                Power.confirm();
        }
    }

    LoginCard {
        id: login

        action: Lock.asking ? qsTr("Continue") : qsTr("Log in")
        busy: Lock.busy
        capsLock: Lock.capsLock
        error: Lock.error
        height: Math.min(implicitHeight, screen.room - 2 * Tokens.space.md)
        layout: Lock.layout
        longest: Lock.mostTyped
        message: Lock.message
        name: Greeter.name
        picture: ""
        question: Lock.question
        ready: Lock.ready
        secret: Lock.secret
        visible: screen.card === login
        width: Math.min(implicitWidth, screen.width - 2 * Tokens.space.md)
        x: Math.round((screen.width - width) / 2)
        y: screen.topOf(login)

        onAnswered: text => Greeter.answer(text)
        onCancelled: Lock.cancel()

        extras: [
            Button {
                objectName: "greeterSession"
                Accessible.name: qsTr("Session: %1").arg(Greeter.sessionName)
                Layout.fillWidth: true
                enabled: !Lock.asking && !Lock.busy
                flat: true
                text: qsTr("Session: %1").arg(Greeter.sessionName)
                visible: Greeter.sessions.length > 1
                within: "login"

                onClicked: screen.choosingSession = true
            },
            Button {
                objectName: "greeterOther"
                Layout.fillWidth: true
                flat: true
                text: qsTr("Another account")
                within: "login"

                onClicked: {
                    login.field.clear();
                    Greeter.choose("");
                }
            }
        ]
    }

    RowLayout {
        anchors.bottom: parent.bottom
        anchors.bottomMargin: keyboard.covered + Tokens.space.md
        anchors.margins: Tokens.space.md
        anchors.right: parent.right
        spacing: Tokens.space.sm

        Message {
            Layout.maximumWidth: Tokens.size.prompt
            error: true
            objectName: "powerProblem"
            text: Power.problem
            visible: text !== ""
        }

        Card {
            element: "login"
            implicitHeight: Tokens.size.control
            implicitWidth: Tokens.size.control
            visible: Power.choices.length > 0

            IconButton {
                objectName: "greeterPower"
                anchors.fill: parent
                symbol: "power"
                text: qsTr("Power off, restart or suspend")
                within: "login"

                onClicked: Power.open ? Power.close() : Power.show()
            }
        }
    }

    KeyboardLayer {
        id: keyboard

        floor: parent.height
        here: screen.output ? screen.output.active : true
    }
}
