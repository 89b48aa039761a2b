pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// One output: what it is called, how large things are on it, how it stands, and the way back; where there are others,
// how it lies among them and whether it has the panel.
FocusScope {
    id: entry

    required property string name
    required property string title
    required property int across
    required property int down
    required property int percent
    required property list<int> percents
    required property int turn
    required property bool changed
    required property int others
    required property string beside
    required property int side
    required property bool primary

    readonly property string called: title === "" ? name : qsTr("%1 (%2)").arg(title).arg(name)
    // In the order of wl_output.transform, which counts counter-clockwise.
    readonly property list<string> turns: [qsTr("Upright"), qsTr("To the left"), qsTr("Upside down"), qsTr("To the right")]
    // In the order of the sides that `OutputSettings.move` takes.
    readonly property list<string> sides: [qsTr("Left"), qsTr("Right"), qsTr("Above"), qsTr("Below")]

    signal reached(item: Item) // by the keyboard

    component Choices: Flow {
        id: choices

        required property string says
        required property list<string> words
        required property int chosen

        signal picked(index: int)

        Accessible.role: Accessible.Grouping
        Accessible.name: says
        Layout.fillWidth: true
        spacing: Tokens.space.xs

        Repeater {
            model: choices.words

            delegate: Choice {
                required property int index
                required property string modelData

                objectName: entry.name + "=" + modelData
                Accessible.name: qsTr("%1: %2").arg(choices.says).arg(text)
                autoExclusive: false
                checkable: false
                checked: index === choices.chosen
                text: modelData

                Keys.onEnterPressed: click()
                Keys.onReturnPressed: click()
                onActiveFocusChanged: {
                    if (activeFocus)
                        entry.reached(this);
                }
                onClicked: choices.picked(index)
            }
        }
    }

    objectName: "output-" + name
    Accessible.role: Accessible.Grouping
    Accessible.name: called
    implicitHeight: column.implicitHeight

    ColumnLayout {
        id: column

        anchors.left: parent.left
        anchors.right: parent.right
        spacing: Tokens.space.xs

        RowLayout {
            spacing: Tokens.space.xs

            Label {
                Accessible.ignored: true
                Layout.fillWidth: true
                elide: Text.ElideMiddle
                font.weight: Tokens.font.bold
                text: entry.called
            }

            Label {
                kind: "caption"
                muted: true
                text: qsTr("%1 × %2").arg(entry.across).arg(entry.down)
            }

            IconButton {
                objectName: "undo-" + entry.name
                enabled: entry.changed
                symbol: "undo"
                symbolSize: Tokens.size.iconSmall
                text: qsTr("Back to default: %1").arg(entry.called)

                onActiveFocusChanged: {
                    if (activeFocus)
                        entry.reached(this);
                }
                onClicked: OutputSettings.reset(entry.name)
            }
        }

        Label {
            Accessible.ignored: true
            kind: "caption"
            muted: true
            text: qsTr("Scale")
        }

        Choices {
            chosen: entry.percents.indexOf(entry.percent)
            says: qsTr("Scale")
            words: entry.percents.map(percent => qsTr("%1 %").arg(percent))

            onPicked: index => OutputSettings.setPercent(entry.name, entry.percents[index])
        }

        Label {
            Accessible.ignored: true
            kind: "caption"
            muted: true
            text: qsTr("Rotation")
        }

        Choices {
            chosen: entry.turn
            says: qsTr("Rotation")
            words: entry.turns

            onPicked: index => OutputSettings.setTurn(entry.name, index)
        }

        Label {
            Accessible.ignored: true
            Layout.fillWidth: true
            elide: Text.ElideMiddle
            kind: "caption"
            muted: true
            text: place.says
            visible: place.visible
        }

        Choices {
            id: place

            chosen: entry.side
            says: entry.beside === "" ? qsTr("Beyond the next screen") : qsTr("Beside %1").arg(entry.beside)
            visible: entry.others > 0
            words: entry.sides

            onPicked: index => OutputSettings.move(entry.name, index)
        }

        Label {
            Accessible.ignored: true
            kind: "caption"
            muted: true
            text: panel.says
            visible: panel.visible
        }

        Choices {
            id: panel

            chosen: entry.primary ? 0 : -1
            says: qsTr("Panel")
            visible: entry.others > 0
            words: [qsTr("On this screen")]

            onPicked: OutputSettings.setPrimary(entry.name)
        }
    }
}
