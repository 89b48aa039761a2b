pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
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
            leave.forceActiveFocus(Qt.TabFocusReason);
    }

    function bring(): void {
        if (bringing && changes.visible)
            show(changes);
    }

    // Follows the keyboard.
    function show(item: Item): void {
        const top = item.mapToItem(column, 0, 0).y;
        list.contentY = Math.max(0, Math.min(top, Math.max(list.contentY, top + item.height - list.height)));
    }

    objectName: "versionsCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    implicitHeight: rows.implicitHeight + 2 * margin

    Component.onCompleted: leave.forceActiveFocus(Qt.TabFocusReason)
    onStepChanged: bringing = step === "found"
    Keys.onEscapePressed: versions.close()

    // The keyboard goes round in the card, whatever its last control is.
    Item {
        Accessible.ignored: true
        activeFocusOnTab: true

        onActiveFocusChanged: {
            if (activeFocus)
                end.nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason);
        }
    }

    ColumnLayout {
        id: rows

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.sm

        RowLayout {
            Label {
                id: title

                Layout.fillWidth: true
                kind: "title"
                maximumLineCount: 2
                text: qsTr("Versions of %1").arg(card.versions.name)
                wrapMode: Text.Wrap
            }

            IconButton {
                id: leave

                objectName: "leaveVersions"
                symbol: "close"
                symbolSize: Tokens.size.iconSmall
                text: qsTr("Close")

                onClicked: card.versions.close()
            }
        }

        Flickable {
            id: list

            Accessible.role: Accessible.Pane
            Accessible.name: qsTr("Versions")
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight
            boundsBehavior: Flickable.StopAtBounds
            clip: contentHeight > height
            contentHeight: column.implicitHeight
            interactive: contentHeight > height

            onContentHeightChanged: card.bring()
            onHeightChanged: card.bring()
            onMovementStarted: card.bringing = false

            T.ScrollBar.vertical: ScrollBar {}

            Column {
                id: column

                spacing: Tokens.space.md
                width: list.width - (list.interactive ? Tokens.space.md : 0)
                x: LayoutMirroring.enabled ? list.width - width : 0

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
                        width: column.width

                        onActiveFocusChanged: {
                            if (!activeFocus)
                                return;
                            card.bringing = false;
                            card.show(this);
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
        }

        UpdateArea {
            id: update

            Layout.fillWidth: true
        }
    }

    Item {
        id: end

        Accessible.ignored: true
        activeFocusOnTab: true

        onActiveFocusChanged: {
            if (activeFocus)
                leave.forceActiveFocus(Qt.TabFocusReason);
        }
    }
}
