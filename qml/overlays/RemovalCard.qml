pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What goes with an app and what stays, whether its data shall go, and the two answers.
Card {
    id: card

    readonly property var removal: Shell.removal
    readonly property real margin: width < Tokens.size.prompt ? Tokens.space.lg : Tokens.space.xl

    component Heading: Label {
        Accessible.role: Accessible.Heading
        font.weight: Tokens.font.medium
        topPadding: Tokens.space.sm
        width: parent?.width ?? 0
    }

    component Thing: Item {
        id: thing

        required property string text
        required property string size
        required property string reason

        Accessible.role: Accessible.ListItem
        Accessible.name: [text, size, reason].filter(words => words !== "").join(", ")
        implicitHeight: words.implicitHeight + 2 * Tokens.space.xxs
        width: parent?.width ?? 0

        Column {
            id: words

            anchors.left: parent.left
            anchors.right: amount.left
            anchors.rightMargin: Tokens.space.sm
            anchors.verticalCenter: parent.verticalCenter

            Label {
                Accessible.ignored: true
                elide: Text.ElideMiddle
                text: thing.text
                width: parent.width
            }

            Label {
                Accessible.ignored: true
                kind: "caption"
                maximumLineCount: 2
                muted: true
                text: thing.reason
                visible: text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
        }

        Label {
            id: amount

            Accessible.ignored: true
            anchors.right: parent.right
            anchors.top: parent.top
            anchors.topMargin: Tokens.space.xxs
            muted: true
            text: thing.size
        }
    }

    objectName: "removalCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text
    Accessible.description: advice.text
    implicitHeight: column.implicitHeight + 2 * margin
    implicitWidth: Tokens.size.prompt

    Component.onCompleted: cancel.forceActiveFocus(Qt.TabFocusReason)
    Keys.onEscapePressed: removal.close()
    Keys.onDownPressed: list.flick(0, -Tokens.size.prompt)
    Keys.onUpPressed: list.flick(0, Tokens.size.prompt)

    ColumnLayout {
        id: column

        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.sm

        Label {
            id: title

            Layout.fillWidth: true
            kind: "title"
            maximumLineCount: 2
            text: qsTr("Remove %1?").arg(card.removal.name)
            wrapMode: Text.Wrap
        }

        Label {
            id: advice

            Layout.fillWidth: true
            maximumLineCount: 4
            muted: true
            text: {
                if (card.removal.removing)
                    return qsTr("It is being removed…");
                if (!card.removal.ready)
                    return qsTr("Looking at what there is of it…");
                if (card.removal.running > 0)
                    return qsTr("It is running and will be closed: what it has not saved is lost.");
                return qsTr("This frees %1.").arg(card.removal.freed);
            }
            wrapMode: Text.Wrap
        }

        Scrolled {
            id: list

            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: contentHeight

            Heading {
                text: card.removal.goes.count > 0 ? qsTr("These go") : qsTr("There is nothing of it that could go")
                visible: card.removal.ready
            }

            Repeater {
                model: card.removal.goes

                delegate: Thing {}
            }

            Heading {
                text: qsTr("These stay")
                visible: card.removal.stays.count > 0
            }

            Repeater {
                model: card.removal.stays

                delegate: Thing {}
            }
        }

        RowLayout {
            Accessible.role: Accessible.Grouping
            Accessible.name: qsTr("What it has stored")
            Layout.topMargin: Tokens.space.xs
            spacing: Tokens.space.xs
            visible: card.removal.hasData

            Choice {
                id: without

                objectName: "removeData"
                Layout.fillWidth: true
                KeyNavigation.backtab: confirm
                KeyNavigation.right: keeping
                KeyNavigation.tab: keeping
                checked: !card.removal.keepData
                text: qsTr("Remove its data too")

                onToggled: card.removal.keep(false)
            }

            Choice {
                id: keeping

                objectName: "keepData"
                Layout.fillWidth: true
                KeyNavigation.backtab: without
                KeyNavigation.tab: cancel
                checked: card.removal.keepData
                text: qsTr("Keep its data")

                onToggled: card.removal.keep(true)
            }
        }

        RowLayout {
            Layout.topMargin: Tokens.space.xs
            spacing: Tokens.space.sm

            Button {
                id: cancel

                objectName: "cancelRemoval"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                KeyNavigation.backtab: without.visible ? keeping : confirm
                KeyNavigation.tab: confirm
                text: card.removal.removing ? qsTr("Close") : qsTr("Cancel")

                onClicked: card.removal.close()
            }

            Button {
                id: confirm

                objectName: "confirmRemoval"
                Layout.fillWidth: true
                Layout.preferredWidth: Tokens.size.prompt / 2
                KeyNavigation.backtab: cancel
                KeyNavigation.tab: without.visible ? without : cancel
                destructive: true
                enabled: card.removal.ready && card.removal.goes.count > 0
                highlighted: true
                text: qsTr("Remove")

                onClicked: card.removal.confirm()
            }
        }
    }
}
