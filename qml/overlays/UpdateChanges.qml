pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// What an update changes, line by line: what it newly asks for first.
Column {
    id: changes

    readonly property var versions: Shell.versions

    objectName: "updateChanges"
    Accessible.role: Accessible.List
    Accessible.name: title.text
    spacing: Tokens.space.xs
    visible: versions.changes.count > 0

    Label {
        id: title

        Accessible.role: Accessible.Heading
        font.weight: Tokens.font.medium
        text: changes.versions.step === "done" ? qsTr("What has changed") : qsTr("What changes")
        width: parent.width
    }

    Repeater {
        model: changes.versions.changes

        delegate: Item {
            id: change

            required property string label
            required property string text
            required property bool wider

            Accessible.role: Accessible.ListItem
            Accessible.name: text === "" ? label : `${label}, ${text}`
            implicitHeight: Math.max(name.implicitHeight, became.implicitHeight)
            width: parent?.width ?? 0

            Label {
                id: name

                Accessible.ignored: true
                anchors.left: parent.left
                color: change.wider ? Tokens.color.danger : name.look.color
                maximumLineCount: 2
                text: change.label
                width: parent.width * 2 / 5
                wrapMode: Text.Wrap
            }

            Label {
                id: became

                Accessible.ignored: true
                anchors.left: name.right
                anchors.leftMargin: Tokens.space.sm
                anchors.right: parent.right
                color: change.wider ? Tokens.color.danger : became.look.color
                maximumLineCount: 3
                muted: !change.wider
                text: change.text
                wrapMode: Text.Wrap
            }
        }
    }
}
