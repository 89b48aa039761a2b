pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// One thing that the theme lets users change: its name in the theme's words, its value, and the way back.
FocusScope {
    id: entry

    required property string name
    required property string label
    required property string control
    required property string value
    required property string standard
    required property bool changed
    required property real number
    required property real least
    required property real most
    required property real step
    required property string shade
    required property list<string> choices
    required property string fault

    readonly property var adjusting: Themes.adjusting

    // A word of a sheet, as words are written.
    function worded(word: string): string {
        const plain = word.replace(/-/g, " ");
        return plain.charAt(0).toUpperCase() + plain.slice(1);
    }

    function commit(): void {
        if (field.text !== value)
            adjusting.set(name, field.text);
    }

    objectName: "adjust" + name
    Accessible.role: Accessible.Grouping
    Accessible.name: label
    Accessible.description: changed ? qsTr("By default %1").arg(standard) : ""
    implicitHeight: column.implicitHeight

    // A change that was made or taken back elsewhere is here as well.
    onValueChanged: field.text = value

    ColumnLayout {
        id: column

        anchors.left: parent.left
        anchors.right: parent.right
        spacing: Tokens.space.xxs

        RowLayout {
            spacing: Tokens.space.xs

            Label {
                Accessible.ignored: true
                Layout.fillWidth: true
                font.weight: entry.changed ? Tokens.font.bold : Tokens.font.medium
                text: entry.label
            }

            IconButton {
                objectName: "undo" + entry.name
                enabled: entry.changed
                symbol: "turnLeft"
                symbolSize: Tokens.size.iconSmall
                text: qsTr("Back to default: %1").arg(entry.label)

                onClicked: {
                    // The button cannot be pressed twice; the keys go on from what it was for.
                    nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason);
                    entry.adjusting.reset(entry.name);
                }
            }
        }

        RowLayout {
            spacing: Tokens.space.sm
            visible: entry.control !== "choice"

            Slider {
                objectName: "slide" + entry.name
                Layout.fillWidth: true
                from: entry.least
                says: entry.label
                stepSize: entry.step
                to: entry.most
                told: entry.value
                value: entry.number
                visible: entry.control === "slider"

                onActiveFocusChanged: {
                    if (!activeFocus)
                        entry.adjusting.keep();
                }
                onMoved: {
                    entry.adjusting.slide(entry.name, value);
                    if (!pressed)
                        entry.adjusting.keep();
                }
                onPressedChanged: {
                    if (!pressed)
                        entry.adjusting.keep();
                }
            }

            Rectangle {
                Accessible.ignored: true
                Layout.preferredHeight: field.height
                Layout.preferredWidth: field.height
                border.color: Tokens.color.borderStrong
                border.width: Tokens.stroke.hairline
                color: entry.shade === "" ? Tokens.color.surfaceSunken : entry.shade
                radius: Tokens.radius.sm
                visible: entry.control === "color"
            }

            TextField {
                id: field

                objectName: "field" + entry.name
                Accessible.name: entry.label
                Layout.fillWidth: entry.control !== "slider"
                Layout.preferredWidth: Tokens.size.control * 2 + Tokens.space.xl
                text: entry.value

                onEditingFinished: entry.commit()
                onTextEdited: entry.adjusting.check(entry.name, text)
            }
        }

        Flow {
            Accessible.role: Accessible.Grouping
            Accessible.name: qsTr("Colours of the theme")
            Layout.fillWidth: true
            Layout.topMargin: Tokens.space.xs
            spacing: Tokens.space.xs
            visible: entry.control === "color"

            Repeater {
                model: entry.control === "color" ? entry.adjusting.palette : []

                delegate: Swatch {
                    required property var modelData

                    objectName: "swatch-" + modelData.name
                    shade: modelData.shade
                    side: Tokens.size.target
                    text: qsTr("%1: colour %2").arg(entry.label).arg(modelData.name)

                    onClicked: entry.adjusting.pick(entry.name, modelData.name)
                }
            }
        }

        Flow {
            Layout.fillWidth: true
            spacing: Tokens.space.xs
            visible: entry.control === "choice"

            Repeater {
                model: entry.choices

                delegate: Choice {
                    required property string modelData

                    objectName: "choice" + entry.name + "=" + modelData
                    Accessible.name: qsTr("%1: %2").arg(entry.label).arg(text)
                    autoExclusive: false
                    checkable: false
                    checked: entry.value === modelData
                    text: entry.worded(modelData)

                    Keys.onEnterPressed: click()
                    Keys.onReturnPressed: click()
                    onClicked: entry.adjusting.set(entry.name, modelData)
                }
            }
        }

        Label {
            Accessible.role: Accessible.AlertMessage
            Layout.fillWidth: true
            color: Tokens.color.danger
            maximumLineCount: 3
            text: entry.fault
            visible: text !== ""
            wrapMode: Text.Wrap
        }
    }
}
