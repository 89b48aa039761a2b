pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What can be adjusted of the theme in use, a line for each, and the way back for all.
Card {
    id: card

    readonly property var adjusting: Themes.adjusting
    readonly property real line: Tokens.size.control * 2 + Tokens.space.lg

    objectName: "adjustCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    implicitHeight: column.implicitHeight + 2 * Tokens.space.lg

    Component.onCompleted: title.leave.nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)
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

        CardHeader {
            id: title

            Layout.fillWidth: true
            leaveName: "leaveAdjust"
            text: qsTr("Adjust %1").arg(card.adjusting.name)

            onLeaving: card.adjusting.close()
        }

        Scrolled {
            id: list

            Accessible.role: Accessible.Pane
            Accessible.name: qsTr("What can be adjusted")
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.maximumHeight: Layout.preferredHeight
            Layout.minimumHeight: 0
            Layout.preferredHeight: Math.min(contentHeight, 7 * card.line)
            spacing: Tokens.space.md

            Repeater {
                model: card.adjusting.rows

                delegate: AdjustEntry {
                    width: list.rowWidth

                    onActiveFocusChanged: {
                        if (activeFocus)
                            list.show(this);
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
                    title.leave.forceActiveFocus(Qt.TabFocusReason);
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
                title.leave.forceActiveFocus(Qt.TabFocusReason);
        }
    }
}
