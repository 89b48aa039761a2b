pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The trusted layer: above everything, takes all input, shows one question at a time,
// on the output where it is asked `here`.
FocusScope {
    id: layer

    property bool here: true

    readonly property bool asking: Shell.prompts.count > 0
    readonly property bool narrow: width < Tokens.size.prompt + 2 * Tokens.space.xl

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Scrim {
        anchors.fill: parent
        element: "prompt scrim"
        visible: layer.asking
    }

    Repeater {
        model: layer.here && !Lock.locked ? Shell.prompts : null // they begin anew when somebody can see them

        delegate: Loader {
            id: slot

            required property int index
            required property string prompt
            required property string app
            required property string name
            required property string icon
            required property string question
            required property string explanation
            required property string reason
            required property string publisher
            required property string digest

            active: index === 0
            anchors.bottom: layer.narrow ? parent?.bottom : undefined
            anchors.bottomMargin: Tokens.space.md
            anchors.horizontalCenter: parent?.horizontalCenter
            anchors.verticalCenter: layer.narrow ? undefined : parent?.verticalCenter
            focus: active
            height: Math.min(implicitHeight, layer.height - 2 * Tokens.space.md)
            width: Math.min(Tokens.size.prompt, layer.width - 2 * Tokens.space.md)

            sourceComponent: PromptCard {
                app: slot.app
                digest: slot.digest
                explanation: slot.explanation
                icon: slot.icon
                name: slot.name
                prompt: slot.prompt
                publisher: slot.publisher
                question: slot.question
                reason: slot.reason
                waiting: Shell.prompts.count
            }
        }
    }
}
