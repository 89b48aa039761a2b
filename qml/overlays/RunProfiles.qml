pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Chooses, makes, renames and deletes profiles of an app.
ColumnLayout {
    id: profiles

    readonly property var settings: Shell.runSettings
    property string doing: "" // new, duplicate, rename or delete

    function begin(action: string): void {
        doing = action;
        name.text = action === "rename" ? settings.profile : "";
        (action === "delete" ? refuse : name).forceActiveFocus(Qt.TabFocusReason);
    }

    function finish(): void {
        if (settings.changeProfile(doing, name.text))
            leave();
    }

    function leave(): void {
        doing = "";
        row.children[0].forceActiveFocus(Qt.TabFocusReason);
    }

    component Act: Button {
        required property string act

        objectName: act + "Profile"
        flat: true

        onClicked: profiles.begin(act)
    }

    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("Profiles")
    spacing: Tokens.space.xs

    Keys.onEscapePressed: event => {
        event.accepted = doing !== "";
        if (event.accepted)
            leave();
    }

    Flow {
        id: row

        Layout.fillWidth: true
        spacing: Tokens.space.xs

        Repeater {
            model: [""].concat(profiles.settings.profiles)

            delegate: Choice {
                required property string modelData

                objectName: "profile-" + modelData
                autoExclusive: false
                checkable: false
                checked: profiles.settings.profile === modelData
                text: modelData === "" ? qsTr("Usual") : modelData

                Keys.onEnterPressed: click()
                Keys.onReturnPressed: click()
                onClicked: profiles.settings.showProfile(modelData)
            }
        }

        Act {
            act: "new"
            text: qsTr("New profile…")
        }

        Act {
            act: "duplicate"
            text: qsTr("Duplicate…")
        }

        Act {
            act: "rename"
            text: qsTr("Rename…")
            visible: profiles.settings.profile !== ""
        }

        Act {
            act: "delete"
            text: qsTr("Delete…")
            visible: profiles.settings.profile !== ""
        }
    }

    RowLayout {
        spacing: Tokens.space.sm
        visible: profiles.doing !== ""

        TextField {
            id: name

            objectName: "profileName"
            Layout.fillWidth: true
            placeholderText: qsTr("Name of the profile")
            visible: profiles.doing !== "delete"

            onAccepted: profiles.finish()
        }

        Label {
            Layout.fillWidth: true
            maximumLineCount: 2
            text: qsTr("Delete “%1” and what it has stored?").arg(profiles.settings.profile)
            visible: profiles.doing === "delete"
            wrapMode: Text.Wrap
        }

        Button {
            id: refuse

            text: qsTr("Cancel")

            onClicked: profiles.leave()
        }

        Button {
            objectName: "confirmProfile"
            destructive: profiles.doing === "delete"
            enabled: profiles.doing === "delete" || name.text.trim() !== ""
            highlighted: true
            text: profiles.doing === "delete" ? qsTr("Delete") : profiles.doing === "rename" ? qsTr("Rename") : qsTr("Make it")

            onClicked: profiles.finish()
        }
    }
}
