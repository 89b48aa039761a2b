import QtQuick
import Berth
import "../components"

// Marks an element on the screen: its margin, its padding and what is inside, with its name and size.
Item {
    id: mark

    required property rect place
    required property var edges // margin, border and padding, each from the top clockwise
    required property string name

    property bool filled: true // else only its outline, so that its colours are seen

    readonly property real faint: Tokens.opacity.shadow
    readonly property real line: filled ? 0 : Tokens.stroke.focus

    Accessible.ignored: true
    anchors.fill: parent

    Rectangle {
        color: Tokens.color.warning
        height: mark.place.height + mark.edges[0] + mark.edges[2]
        opacity: mark.faint
        visible: mark.filled && mark.edges[0] + mark.edges[1] + mark.edges[2] + mark.edges[3] > 0
        width: mark.place.width + mark.edges[1] + mark.edges[3]
        x: mark.place.x - mark.edges[3]
        y: mark.place.y - mark.edges[0]
    }

    Rectangle {
        id: inside

        border.color: Tokens.color.focus
        border.width: Tokens.stroke.focus
        color: "transparent"
        height: mark.place.height + 2 * mark.line
        width: mark.place.width + 2 * mark.line
        x: mark.place.x - mark.line
        y: mark.place.y - mark.line

        Rectangle {
            anchors.fill: parent
            color: Tokens.color.tile6
            opacity: mark.faint
            visible: mark.filled && mark.edges[8] + mark.edges[9] + mark.edges[10] + mark.edges[11] > 0
        }

        Rectangle {
            color: Tokens.color.accent
            height: parent.height - y - mark.edges[6] - mark.edges[10]
            opacity: mark.faint
            visible: mark.filled
            width: parent.width - x - mark.edges[5] - mark.edges[9]
            x: mark.edges[7] + mark.edges[11]
            y: mark.edges[4] + mark.edges[8]
        }
    }

    Box {
        readonly property real above: mark.place.y - height - Tokens.space.xs

        element: "inspector"
        visible: mark.filled
        height: words.implicitHeight + 2 * Tokens.space.xs
        width: Math.min(words.implicitWidth + 2 * Tokens.space.sm, mark.width)
        x: Math.round(Math.max(0, Math.min(mark.place.x, mark.width - width)))
        y: Math.round(above >= 0 ? above : Math.min(mark.place.y + mark.place.height + Tokens.space.xs, mark.height - height))

        Label {
            id: words

            anchors.centerIn: parent
            kind: "caption"
            text: qsTr("%1 – %2 × %3").arg(mark.name).arg(Math.round(mark.place.width)).arg(Math.round(mark.place.height))
            width: Math.min(implicitWidth, mark.width - 2 * Tokens.space.sm)
            within: "inspector"
        }
    }
}
