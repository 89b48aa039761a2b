pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// The versions of an app that are here, whose data another one uses, and the update.
Card {
    id: card

    readonly property var versions: Shell.versions
    readonly property string step: versions.step
    property bool bringing: false // what an update changes is seen at once, until the user looks elsewhere
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl

    function takeKeys(): void {
        if (update.step !== "")
            update.takeKeys();
        else
            title.leave.forceActiveFocus(Qt.TabFocusReason);
    }

    function bring(): void {
        if (bringing && changes.visible)
            list.show(changes);
    }

    objectName: "versionsCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    implicitHeight: rows.implicitHeight + 2 * margin

    Component.onCompleted: title.leave.forceActiveFocus(Qt.TabFocusReason)
    onStepChanged: bringing = step === "found"
    Keys.onEscapePressed: versions.close()

    ColumnLayout {
        id: rows

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.sm

        CardHeader {
            id: title

            Layout.fillWidth: true
            leaveName: "leaveVersions"
            text: qsTr("Versions of %1").arg(card.versions.name)

            onLeaving: card.versions.close()
        }

        Scrolled {
            id: list

            Accessible.role: Accessible.Pane
            Accessible.name: qsTr("Versions")
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight
            spacing: Tokens.space.md

            onContentHeightChanged: card.bring()
            onHeightChanged: card.bring()
            onMovementStarted: card.bringing = false

            Label {
                muted: true
                text: qsTr("No version of it is here yet.")
                visible: card.versions.ready && card.versions.rows.count === 0
                width: parent.width
                wrapMode: Text.Wrap
            }

            Repeater {
                model: card.versions.rows

                delegate: VersionEntry {
                    width: list.rowWidth

                    onActiveFocusChanged: {
                        if (!activeFocus)
                            return;
                        card.bringing = false;
                        list.show(this);
                    }
                }
            }

            Label {
                id: whose

                Accessible.ignored: true
                text: qsTr("A version that is not the current one uses")
                visible: whoseData.visible
                width: parent.width
                wrapMode: Text.Wrap
            }

            Flow {
                id: whoseData

                Accessible.role: Accessible.Grouping
                Accessible.name: whose.text
                spacing: Tokens.space.xs
                visible: card.versions.keepsData && card.versions.rows.count > 1
                width: parent.width

                Choice {
                    objectName: "ownData"
                    autoExclusive: false
                    checkable: false
                    checked: !card.versions.share
                    text: qsTr("data of its own")

                    Keys.onEnterPressed: click()
                    Keys.onReturnPressed: click()
                    onClicked: card.versions.shareData(false)
                }

                Choice {
                    objectName: "sharedData"
                    autoExclusive: false
                    checkable: false
                    checked: card.versions.share
                    text: qsTr("the app’s data")

                    Keys.onEnterPressed: click()
                    Keys.onReturnPressed: click()
                    onClicked: card.versions.shareData(true)
                }
            }

            UpdateChanges {
                id: changes

                width: parent.width
            }
        }

        UpdateArea {
            id: update

            Layout.fillWidth: true
        }
    }
}
