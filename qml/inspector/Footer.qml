import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What the user has to know, and what becomes of the changes.
ColumnLayout {
    spacing: Tokens.space.sm

    Label {
        Layout.fillWidth: true
        kind: "caption"
        maximumLineCount: 4
        muted: true
        objectName: "said"
        text: Inspector.wrong !== "" ? Inspector.wrong : Inspector.message !== "" ? Inspector.message : Inspector.floored ? qsTr("Colours and sizes here are raised to what can be read, whatever a sheet says.") : Inspector.pending ? qsTr("The changes are only shown so far; the files are as they were.") : ""
        visible: text !== ""
        within: "inspector"
        wrapMode: Text.Wrap
    }

    RowLayout {
        spacing: Tokens.space.sm
        visible: Inspector.pending

        Button {
            Layout.fillWidth: true
            objectName: "drop"
            text: qsTr("Give up")
            within: "inspector"

            onClicked: Inspector.drop()
        }

        Button {
            Layout.fillWidth: true
            highlighted: true
            objectName: "write"
            text: qsTr("Write to the file")
            within: "inspector"

            onClicked: Inspector.write()
        }
    }
}
