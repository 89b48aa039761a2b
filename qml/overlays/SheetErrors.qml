pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Berth
import "../components"

// What is wrong with the sheets of the theme: where, what, and the remedy. It goes when they are sound again. Warnings
// are told to whoever edits them.
Card {
    id: card

    required property bool here
    property real room: 0 // how high it may be
    readonly property string severity: Styles.errorCount > 0 ? "error" : "warning"

    function ink(severity: string): color {
        return severity === "error" ? Tokens.color.danger : Tokens.color.warning;
    }

    Accessible.role: Accessible.AlertMessage
    Accessible.name: headline.text
    element: "notice." + severity
    implicitHeight: Math.min(room, head.implicitHeight + list.contentHeight + 2 * Tokens.space.md + Tokens.space.sm)
    visible: here && Styles.errors.count > 0

    RowLayout {
        id: head

        anchors.left: parent.left
        anchors.leftMargin: Tokens.space.md
        anchors.right: parent.right
        anchors.rightMargin: Tokens.space.xs
        anchors.top: parent.top
        anchors.topMargin: Tokens.space.xs
        spacing: Tokens.space.sm

        Symbol {
            Layout.preferredHeight: Tokens.size.icon
            Layout.preferredWidth: Tokens.size.icon
            color: card.ink(card.severity)
            name: card.severity
            stroke: Tokens.stroke.icon
        }

        Label {
            id: headline

            Layout.fillWidth: true
            font.weight: Tokens.font.medium
            text: {
                if (Styles.errorCount > 0)
                    return Styles.errorCount === 1 ? qsTr("An error in a style sheet") : qsTr("%1 errors in style sheets").arg(Styles.errorCount);
                return Styles.errors.count === 1 ? qsTr("A warning in a style sheet") : qsTr("%1 warnings in style sheets").arg(Styles.errors.count);
            }
            within: "notice"
        }

        IconButton {
            objectName: "dismissErrors"
            symbol: "close"
            symbolSize: Tokens.size.iconSmall
            text: qsTr("Dismiss")
            within: "notice"

            onClicked: Styles.dismissErrors()
        }
    }

    ListView {
        id: list

        Accessible.role: Accessible.List
        Accessible.name: headline.text
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Tokens.space.md
        anchors.left: parent.left
        anchors.leftMargin: Tokens.space.md
        anchors.right: parent.right
        anchors.rightMargin: Tokens.space.md
        anchors.top: head.bottom
        anchors.topMargin: Tokens.space.xs
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        interactive: contentHeight > height
        model: Styles.errors
        spacing: Tokens.space.sm

        T.ScrollBar.vertical: ScrollBar {}

        delegate: Column {
            id: line

            required property string severity
            required property string place
            required property string message
            required property string hint

            Accessible.role: Accessible.ListItem
            Accessible.name: [severity === "error" ? qsTr("Error") : qsTr("Warning"), place, message, hint].filter(words => words !== "").join(" ")
            width: list.width

            RowLayout {
                spacing: Tokens.space.xs
                width: parent.width

                Symbol {
                    Layout.preferredHeight: Tokens.size.iconSmall
                    Layout.preferredWidth: Tokens.size.iconSmall
                    color: card.ink(line.severity)
                    name: line.severity
                    stroke: Tokens.stroke.icon
                }

                Label {
                    Accessible.ignored: true
                    Layout.fillWidth: true
                    elide: Text.ElideLeft
                    font.family: Tokens.font.monospace
                    font.pixelSize: Tokens.font.caption
                    muted: true
                    text: line.place
                    within: "notice"
                }
            }

            Label {
                Accessible.ignored: true
                maximumLineCount: 3
                text: line.message
                width: parent.width
                within: "notice"
                wrapMode: Text.Wrap
            }

            Label {
                Accessible.ignored: true
                maximumLineCount: 3
                muted: true
                text: line.hint
                visible: text !== ""
                width: parent.width
                within: "notice"
                wrapMode: Text.Wrap
            }
        }
    }
}
