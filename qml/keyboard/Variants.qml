pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// What a long press on a key offers: the finger slides to one and goes up.
Box {
    id: bar

    property list<string> choices: []
    property int chosen: -1
    property real side: Tokens.size.key

    // The choice under a point of the bar, the nearest one beside it.
    function point(x: real): void {
        chosen = Math.max(0, Math.min(choices.length - 1, Math.floor((x - Tokens.space.xs) / side)));
    }

    element: "keyboard variants"
    height: side + 2 * Tokens.space.xs
    width: choices.length * side + 2 * Tokens.space.xs

    Row {
        anchors.fill: parent
        anchors.margins: Tokens.space.xs

        Repeater {
            model: bar.choices

            delegate: Box {
                id: variant

                required property string modelData
                required property int index

                element: "keyboard key.variant" + (index === bar.chosen ? ":active" : "")
                height: bar.side
                width: bar.side

                Label {
                    anchors.centerIn: parent
                    look: variant.look
                    text: variant.modelData
                }
            }
        }
    }
}
