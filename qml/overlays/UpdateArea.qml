pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Looks for an update, says what comes of it, gets it, and gives it up.
ColumnLayout {
    id: area

    readonly property var versions: Shell.versions
    readonly property string step: versions.step
    readonly property bool busy: step === "looking" || step === "updating"
    readonly property bool holdsKeys: cancel.activeFocus || get.activeFocus || refuse.activeFocus || search.activeFocus

    function takeKeys(): void {
        (busy ? cancel : step === "found" ? get : search).forceActiveFocus(Qt.TabFocusReason);
    }

    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("Update")
    spacing: Tokens.space.sm

    // The button that was pressed has gone with what it was for.
    onStepChanged: {
        if (holdsKeys)
            Qt.callLater(takeKeys);
    }

    Label {
        id: said

        objectName: "updateMessage"
        Accessible.role: area.step === "failed" ? Accessible.AlertMessage : Accessible.StaticText
        Layout.fillWidth: true
        color: area.step === "failed" ? Tokens.color.danger : said.look.color
        maximumLineCount: 5
        text: area.busy && area.versions.message === "" ? qsTr("Looking for an update…") : area.versions.message
        visible: text !== ""
        wrapMode: Text.Wrap
    }

    ProgressBar {
        Accessible.name: area.versions.message
        Layout.fillWidth: true
        fraction: area.versions.fraction
        visible: area.busy
    }

    Flow {
        Layout.fillWidth: true
        spacing: Tokens.space.xs

        Button {
            id: cancel

            objectName: "cancelUpdate"
            text: qsTr("Cancel")
            visible: area.busy

            onClicked: area.versions.cancel()
        }

        Button {
            id: get

            objectName: "getUpdate"
            highlighted: true
            text: qsTr("Update")
            visible: area.step === "found"

            onClicked: area.versions.update()
        }

        Button {
            id: refuse

            objectName: "refuseUpdate"
            text: qsTr("Not now")
            visible: area.step === "found"

            onClicked: area.versions.forget()
        }

        Button {
            id: search

            objectName: "lookForUpdate"
            text: qsTr("Look for an update")
            visible: !area.busy && area.step !== "found"

            onClicked: area.versions.look()
        }
    }
}
