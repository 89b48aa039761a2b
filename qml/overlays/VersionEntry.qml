pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// One version: what it is, and what can be done with it. Removing asks once more, in its place.
FocusScope {
    id: entry

    required property string digest
    required property string version
    required property string since
    required property string room
    required property string freed
    required property string stored
    required property string digits
    required property bool current
    required property bool pinned
    required property int running
    required property string blocked
    required property string fault
    property bool asking: false
    property bool refused: false

    readonly property string told: [qsTr("since %1").arg(since), qsTr("%1, of its own %2").arg(room).arg(freed), stored === "" ? "" : qsTr("its data %1").arg(stored)].filter(words => words !== "").join(" · ")
    readonly property string situation: [current ? qsTr("current") : "", pinned ? qsTr("pinned") : "", running > 0 ? qsTr("running") : ""].filter(words => words !== "").join(", ")

    function takeKeys(): void {
        (asking ? cancel : open).forceActiveFocus(Qt.TabFocusReason);
    }

    function askToRemove(): void {
        refused = blocked !== "";
        asking = !refused;
        if (asking)
            cancel.forceActiveFocus(Qt.TabFocusReason);
    }

    function giveUp(): void {
        asking = false;
        remove.forceActiveFocus(Qt.TabFocusReason);
    }

    objectName: "version-" + version
    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("Version %1").arg(version)
    // Several may have the same version: their digests tell them apart.
    Accessible.description: [situation, told, digits].filter(words => words !== "").join(", ")
    implicitHeight: column.implicitHeight

    onBlockedChanged: {
        refused = refused && blocked !== "";
        asking = asking && blocked === "";
    }
    Keys.onEscapePressed: event => {
        event.accepted = asking;
        if (asking)
            giveUp();
    }

    component Act: Button {
        Accessible.name: qsTr("%1: %2").arg(text).arg(entry.version)
    }

    Column {
        id: column

        spacing: Tokens.space.xs
        width: parent.width

        Flow {
            spacing: Tokens.space.xs
            width: parent.width

            Label {
                Accessible.ignored: true
                font.weight: Tokens.font.bold
                rightPadding: Tokens.space.xs
                text: entry.version
                width: Math.min(implicitWidth, parent.width)
            }

            Tag {
                text: qsTr("current")
                visible: entry.current
            }

            Tag {
                text: qsTr("pinned")
                visible: entry.pinned
            }

            Tag {
                text: entry.running > 1 ? qsTr("%1 running").arg(entry.running) : qsTr("running")
                visible: entry.running > 0
            }
        }

        Label {
            Accessible.ignored: true
            kind: "caption"
            maximumLineCount: 3
            muted: true
            text: `${entry.told} · ${entry.digits}`
            width: parent.width
            wrapMode: Text.Wrap
        }

        Flow {
            spacing: Tokens.space.xs
            visible: !entry.asking
            width: parent.width

            Act {
                id: open

                objectName: "open-" + entry.version
                focus: true
                text: entry.running > 0 ? qsTr("Open once more") : qsTr("Open")

                onClicked: Shell.versions.start(entry.digest)
            }

            Act {
                objectName: "use-" + entry.version
                text: qsTr("Make current")
                visible: !entry.current

                onClicked: {
                    // It goes with the click.
                    open.forceActiveFocus(Qt.TabFocusReason);
                    Shell.versions.use(entry.digest);
                }
            }

            Act {
                objectName: "pin-" + entry.version
                flat: true
                text: entry.pinned ? qsTr("Unpin") : qsTr("Pin")

                onClicked: Shell.versions.pin(entry.digest, !entry.pinned)
            }

            Act {
                id: remove

                objectName: "remove-" + entry.version
                flat: true
                text: qsTr("Remove…")

                onClicked: entry.askToRemove()
            }
        }

        Label {
            Accessible.role: Accessible.AlertMessage
            color: Tokens.color.danger
            maximumLineCount: 4
            text: entry.refused ? entry.blocked : entry.fault
            visible: text !== ""
            width: parent.width
            wrapMode: Text.Wrap
        }

        Label {
            maximumLineCount: 3
            text: entry.stored === "" ? qsTr("Remove version %1? This frees %2.").arg(entry.version).arg(entry.freed) : qsTr("Remove version %1? This frees %2, and %3 if its data goes as well.").arg(entry.version).arg(entry.freed).arg(entry.stored)
            visible: entry.asking
            width: parent.width
            wrapMode: Text.Wrap
        }

        Flow {
            spacing: Tokens.space.xs
            visible: entry.asking
            width: parent.width

            Button {
                id: cancel

                objectName: "keep-" + entry.version
                text: qsTr("Cancel")

                onClicked: entry.giveUp()
            }

            Act {
                objectName: "confirm-" + entry.version
                destructive: true
                highlighted: true
                text: qsTr("Remove")

                onClicked: {
                    entry.giveUp();
                    Shell.versions.remove(entry.digest, false);
                }
            }

            Act {
                objectName: "confirmData-" + entry.version
                destructive: true
                highlighted: true
                text: qsTr("Remove it and its data")
                visible: entry.stored !== ""

                onClicked: {
                    entry.giveUp();
                    Shell.versions.remove(entry.digest, true);
                }
            }
        }
    }
}
