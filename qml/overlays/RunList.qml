pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// The entries of one section, and what adds another where there can be more.
Scrolled {
    id: list

    readonly property var settings: Shell.runSettings
    readonly property string section: settings.section
    readonly property bool grows: section === "variables" || section === "folders"

    function add(): void {
        if (settings.add(fresh.text))
            fresh.clear();
    }

    Accessible.role: Accessible.Pane
    Accessible.name: qsTr("Settings")
    spacing: Tokens.space.sm

    onSectionChanged: {
        contentY = 0;
        fresh.clear();
    }

    Repeater {
        model: list.settings.rows

        delegate: RunEntry {
            told: list.section === "changes"
            width: list.rowWidth

            onActiveFocusChanged: {
                if (activeFocus)
                    list.show(this);
            }
        }
    }

    Label {
        muted: true
        text: list.section === "changes" ? qsTr("Everything is as the app’s manifest says.") : list.section === "folders" ? qsTr("It sees none of your folders.") : list.section === "permissions" ? qsTr("It asks for nothing.") : qsTr("There is nothing here yet.")
        visible: list.settings.ready && list.settings.rows.count === 0
        width: parent.width
        wrapMode: Text.Wrap
    }

    RowLayout {
        spacing: Tokens.space.sm
        visible: list.grows && list.settings.ready
        width: parent.width

        TextField {
            id: fresh

            objectName: "newSetting"
            Layout.fillWidth: true
            placeholderText: list.section === "folders" ? qsTr("Add a folder, like /home/me/Music") : qsTr("Add a variable, like LANG=de_DE.UTF-8")

            onAccepted: list.add()
            onActiveFocusChanged: {
                if (activeFocus)
                    list.show(this);
            }
            onTextEdited: list.settings.checkNew(text)
        }

        Button {
            objectName: "addSetting"
            enabled: fresh.length > 0 && list.settings.newFault === ""
            text: qsTr("Add")

            onClicked: list.add()
        }
    }

    Flow {
        spacing: Tokens.space.xs
        visible: list.settings.offers.length > 0
        width: parent.width

        Repeater {
            model: list.settings.offers

            delegate: Button {
                required property string modelData

                objectName: "offer-" + modelData
                Accessible.name: qsTr("Add %1").arg(modelData)
                text: modelData.slice(modelData.lastIndexOf("/") + 1)

                onActiveFocusChanged: {
                    if (activeFocus)
                        list.show(this);
                }
                onClicked: list.settings.add(modelData)
            }
        }
    }

    Label {
        objectName: "newFault"
        Accessible.role: Accessible.AlertMessage
        color: Tokens.color.danger
        maximumLineCount: 4
        text: list.settings.newFault
        visible: list.grows && text !== ""
        width: parent.width
        wrapMode: Text.Wrap
    }
}
