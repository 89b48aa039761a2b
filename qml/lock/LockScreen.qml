import QtQuick
import Berth
import "../components"
import "../keyboard"
import "../layouts"
import "../overlays"

// What an output shows while the session is locked: nothing of windows, notices or questions, which are not drawn then.
FocusScope {
    id: screen

    property Output output: null

    readonly property bool here: output ? output.active : true
    readonly property bool fingers: Scene.formFactor !== "desktop"
    readonly property real room: height - keyboard.covered
    readonly property bool low: room < clock.height + card.implicitHeight + 4 * Tokens.space.xl

    function takeKeys(): void {
        card.field.forceActiveFocus(Qt.TabFocusReason);
    }

    LayoutMirroring.childrenInherit: true
    LayoutMirroring.enabled: Application.layoutDirection === Qt.RightToLeft
    Accessible.role: Accessible.Pane
    Accessible.name: qsTr("The screen is locked")

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Sea {
        anchors.fill: parent
    }

    Box {
        anchors.fill: parent
        element: "lock"

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

        anchors.bottom: card.top
        anchors.bottomMargin: Math.max(Tokens.space.lg, Math.min(Tokens.space.xl * 2, (card.y - height) / 2))
        anchors.horizontalCenter: parent.horizontalCenter
        visible: !screen.low
        within: "lock"
    }

    LoginCard {
        id: card

        action: Lock.asking ? qsTr("Continue") : qsTr("Unlock")
        busy: Lock.busy
        capsLock: Lock.capsLock
        error: Lock.error
        height: Math.min(implicitHeight, screen.room - 2 * Tokens.space.md)
        layout: Lock.layout
        longest: Lock.mostTyped
        message: Lock.message
        name: Lock.name
        picture: Lock.picture
        question: Lock.question
        ready: Lock.ready
        secret: Lock.secret
        width: Math.min(implicitWidth, screen.width - 2 * Tokens.space.md)
        x: Math.round((screen.width - width) / 2)
        y: Math.round(screen.low ? (screen.room - height) / 2 : (screen.room + clock.height - height) / 2)

        onAnswered: text => Lock.answer(text)
        onCancelled: Lock.cancel()
    }

    KeyboardLayer {
        id: keyboard

        floor: parent.height
        here: screen.here
    }

    OsdSign {
        objectName: "lockOsd"
        active: screen.here && Shell.osd.kind !== "keyboard" // of which the card tells for as long as it is so
        anchors.bottom: screen.fingers ? undefined : parent.bottom
        anchors.bottomMargin: keyboard.covered + 2 * Tokens.space.xl
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.top: screen.fingers ? parent.top : undefined
        anchors.topMargin: Tokens.space.xl
        width: Math.min(implicitWidth, parent.width - 2 * Tokens.space.md)
    }
}
