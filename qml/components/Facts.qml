import QtQuick
import Berth

// What there is to know about something, line by line: a label, and what it says.
Column {
    id: facts

    property alias model: lines.model

    Accessible.role: Accessible.List
    Accessible.name: qsTr("What is known")
    spacing: Tokens.space.xs

    Repeater {
        id: lines

        delegate: Column {
            id: fact

            required property string label
            required property string text
            required property bool bad

            Accessible.role: Accessible.ListItem
            Accessible.name: `${label}, ${text}`
            width: parent?.width ?? 0

            Label {
                Accessible.ignored: true
                kind: "caption"
                muted: true
                text: fact.label
                width: parent.width
            }

            Label {
                Accessible.ignored: true
                color: fact.bad ? Tokens.color.danger : look.color
                maximumLineCount: 4
                text: fact.text
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
    }
}
