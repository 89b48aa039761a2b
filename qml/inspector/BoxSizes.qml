pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// How large the element is, and what is around its inside: margin, border, padding.
Item {
    id: sizes

    readonly property var names: [qsTr("margin"), qsTr("border"), qsTr("padding")]
    readonly property real step: Math.min(Tokens.size.target, width / 11, height / 8)
    readonly property var edges: Inspector.edges

    function sides(level: int): string {
        const four = Inspector.box.slice(4 * level, 4 * level + 4);
        return qsTr("%1: top %2, right %3, bottom %4, left %5").arg(names[level]).arg(four[0]).arg(four[1]).arg(four[2]).arg(four[3]);
    }

    Accessible.role: Accessible.StaticText
    Accessible.name: [0, 1, 2].map(sides).join(". ")

    Repeater {
        model: 3

        delegate: Rectangle {
            id: level

            required property int index

            anchors.centerIn: parent
            border.color: Tokens.color.borderStrong
            border.width: Tokens.stroke.hairline
            color: [Tokens.color.warningSoft, Tokens.color.surfaceSunken, Tokens.color.infoSoft][index]
            height: (8 - 2 * index) * sizes.step
            width: (11 - 2.6 * index) * sizes.step

            Label {
                anchors.left: parent.left
                anchors.margins: Tokens.space.xs
                anchors.top: parent.top
                kind: "caption"
                text: sizes.names[level.index]
                within: "inspector"
            }

            Repeater {
                model: 4

                delegate: Label {
                    required property int index

                    anchors.horizontalCenter: index % 2 === 0 ? parent?.horizontalCenter : undefined
                    anchors.verticalCenter: index % 2 === 1 ? parent?.verticalCenter : undefined
                    kind: "caption"
                    text: Inspector.box[4 * level.index + index]
                    within: "inspector"
                    x: index === 1 ? level.width - width - Tokens.space.sm : Tokens.space.sm
                    y: index === 2 ? level.height - height - Tokens.space.xs : Tokens.space.xs
                }
            }
        }
    }

    Rectangle {
        anchors.centerIn: parent
        border.color: Tokens.color.borderStrong
        border.width: Tokens.stroke.hairline
        color: Tokens.color.surfaceRaised
        height: 2 * sizes.step
        width: 3.2 * sizes.step

        Label {
            anchors.centerIn: parent
            kind: "caption"
            text: qsTr("%1 × %2").arg(Math.round(Inspector.place.width - sizes.edges[5] - sizes.edges[7] - sizes.edges[9] - sizes.edges[11])).arg(Math.round(Inspector.place.height - sizes.edges[4] - sizes.edges[6] - sizes.edges[8] - sizes.edges[10]))
            visible: Inspector.place.width > 0
            within: "inspector"
        }
    }
}
