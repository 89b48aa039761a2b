pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// One setting: its name, its value to change, what is wrong with that, and the way back. `told` where it only says
// what has been changed.
FocusScope {
    id: entry

    required property string key
    required property string title
    required property string value
    required property string standard
    required property bool changed
    required property list<string> choices
    required property list<string> words
    required property bool removable
    required property string note
    required property string fault
    property bool told: false

    readonly property bool wide: width > Tokens.size.searchWidth
    readonly property string shown: words[choices.indexOf(value)] ?? value
    readonly property string difference: removable ? qsTr("Added by you") : standard === "" ? qsTr("Nothing by default") : qsTr("By default %1").arg(standard)

    function commit(): void {
        if (field.text !== value)
            Shell.runSettings.set(key, field.text);
    }

    objectName: key
    Accessible.role: Accessible.Grouping
    Accessible.name: title
    Accessible.description: [changed ? difference : "", note, fault].filter(words => words !== "").join(". ")
    implicitHeight: Math.max(grid.implicitHeight, Tokens.size.control)

    // An edit that was taken back elsewhere is gone here as well.
    onValueChanged: field.text = value

    GridLayout {
        id: grid

        anchors.left: parent.left
        anchors.right: undo.left
        anchors.rightMargin: Tokens.space.xs
        columnSpacing: Tokens.space.md
        columns: entry.wide ? 2 : 1
        rowSpacing: Tokens.space.xxs

        Label {
            Accessible.ignored: true
            Layout.alignment: Qt.AlignTop
            Layout.fillWidth: !entry.wide
            Layout.preferredWidth: entry.wide ? entry.width / 3 : -1
            Layout.topMargin: entry.wide ? Tokens.space.sm : 0
            elide: Text.ElideMiddle
            font.weight: entry.changed ? Tokens.font.bold : Tokens.font.medium
            text: entry.title
        }

        ColumnLayout {
            spacing: Tokens.space.xxs

            TextField {
                id: field

                Accessible.name: entry.title
                Layout.fillWidth: true
                focus: visible
                text: entry.value
                visible: entry.choices.length === 0 && !entry.told

                onEditingFinished: entry.commit()
                onTextEdited: Shell.runSettings.check(entry.key, text)
            }

            Flow {
                Layout.fillWidth: true
                spacing: Tokens.space.xs
                visible: entry.choices.length > 0 && !entry.told

                Repeater {
                    model: entry.choices

                    delegate: Choice {
                        required property int index
                        required property string modelData

                        objectName: entry.key + "=" + modelData
                        Accessible.name: qsTr("%1: %2").arg(entry.title).arg(text)
                        autoExclusive: false
                        checkable: false
                        checked: entry.value === modelData
                        focus: checked
                        text: entry.words[index] ?? modelData

                        Keys.onEnterPressed: click()
                        Keys.onReturnPressed: click()
                        onClicked: Shell.runSettings.set(entry.key, modelData)
                    }
                }
            }

            Label {
                Layout.fillWidth: true
                Layout.topMargin: Tokens.space.sm
                maximumLineCount: 3
                text: entry.shown === "" ? qsTr("empty") : entry.shown
                visible: entry.told
                wrapMode: Text.WrapAnywhere
            }

            Label {
                Layout.fillWidth: true
                kind: "caption"
                maximumLineCount: 3
                muted: true
                text: entry.changed && entry.key.indexOf("permission.") < 0 ? entry.difference : ""
                visible: text !== ""
                wrapMode: Text.WrapAnywhere
            }

            Label {
                Layout.fillWidth: true
                kind: "caption"
                maximumLineCount: 3
                muted: true
                text: entry.note
                visible: text !== ""
                wrapMode: Text.Wrap
            }

            Label {
                Accessible.role: Accessible.AlertMessage
                Layout.fillWidth: true
                color: Tokens.color.danger
                maximumLineCount: 4
                text: entry.fault
                visible: text !== ""
                wrapMode: Text.Wrap
            }
        }
    }

    IconButton {
        id: undo

        objectName: "undo-" + entry.key
        anchors.right: parent.right
        anchors.top: parent.top
        enabled: entry.changed
        focus: entry.told
        symbol: entry.removable ? "remove" : "turnLeft"
        symbolSize: Tokens.size.iconSmall
        text: entry.removable ? qsTr("Take away %1").arg(entry.title) : qsTr("Back to default: %1").arg(entry.title)
        visible: enabled

        onClicked: Shell.runSettings.unset(entry.key)
    }
}
