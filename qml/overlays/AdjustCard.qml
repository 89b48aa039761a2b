pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Berth
import "../components"

// What can be adjusted of the theme in use, a line for each, and the way back for all.
Card {
    id: card

    readonly property var adjusting: Themes.adjusting
    readonly property real line: Tokens.size.control * 2 + Tokens.space.lg

    // Follows the keyboard.
    function show(item: Item): void {
        const top = item.mapToItem(lines, 0, 0).y;
        list.contentY = Math.max(0, Math.min(top, Math.max(list.contentY, top + item.height - list.height)));
    }

    objectName: "adjustCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    implicitHeight: column.implicitHeight + 2 * Tokens.space.lg

    Component.onCompleted: leave.nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)
    Keys.onEscapePressed: adjusting.close()

    // The keyboard goes round in the card, whatever its last line is.
    Item {
        Accessible.ignored: true
        activeFocusOnTab: true

        onActiveFocusChanged: {
            if (activeFocus)
                end.nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason);
        }
    }

    ColumnLayout {
        id: column

        anchors.fill: parent
        anchors.margins: Tokens.space.lg
        spacing: Tokens.space.sm

        RowLayout {
            Label {
                id: title

                Layout.fillWidth: true
                kind: "title"
                text: qsTr("Adjust %1").arg(card.adjusting.name)
            }

            IconButton {
                id: leave

                objectName: "leaveAdjust"
                symbol: "close"
                symbolSize: Tokens.size.iconSmall
                text: qsTr("Close")

                onClicked: {
                    // What is being typed is kept when the keys leave it.
                    forceActiveFocus();
                    card.adjusting.close();
                }
            }
        }

        Flickable {
            id: list

            Accessible.role: Accessible.Pane
            Accessible.name: qsTr("What can be adjusted")
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.maximumHeight: Layout.preferredHeight
            Layout.minimumHeight: 0
            Layout.preferredHeight: Math.min(lines.implicitHeight, 7 * card.line)
            boundsBehavior: Flickable.StopAtBounds
            clip: contentHeight > height
            contentHeight: lines.implicitHeight
            interactive: contentHeight > height

            T.ScrollBar.vertical: ScrollBar {}

            Column {
                id: lines

                spacing: Tokens.space.md
                width: list.width - (list.interactive ? Tokens.space.md : 0)
                x: LayoutMirroring.enabled ? list.width - width : 0

                Repeater {
                    model: card.adjusting.rows

                    delegate: AdjustEntry {
                        width: lines.width

                        onActiveFocusChanged: {
                            if (activeFocus)
                                card.show(this);
                        }
                    }
                }
            }
        }

        RowLayout {
            spacing: Tokens.space.sm

            Label {
                Layout.fillWidth: true
                kind: "caption"
                maximumLineCount: 2
                muted: true
                text: qsTr("Kept for this theme only.")
                wrapMode: Text.Wrap
            }

            Button {
                objectName: "resetTheme"
                enabled: card.adjusting.changes > 0
                text: qsTr("All back to default")

                onClicked: {
                    leave.forceActiveFocus(Qt.TabFocusReason);
                    card.adjusting.resetAll();
                }
            }
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
