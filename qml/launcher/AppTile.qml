pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Berth
import "../components"

// One app of the launcher: what it is, what it may do, and what it is doing.
T.AbstractButton {
    id: tile

    required property int index
    required property string app
    required property string name
    required property string summary
    required property string picture
    required property list<string> chips
    required property string imageState
    required property string activity
    required property real progress
    required property string progressText
    required property bool stopped
    property bool current: false

    readonly property bool building: activity === "building"
    readonly property string status: {
        if (building)
            return progressText !== "" ? progressText : qsTr("Preparing…");
        if (activity === "starting")
            return qsTr("Starting…");
        if (stopped)
            return qsTr("Stopped. Open to go on");
        if (imageState === "missing")
            return qsTr("Will be prepared");
        return "";
    }

    signal cancelled
    signal menuWanted(Item item, real x, real y)

    Accessible.role: Accessible.Button
    Accessible.name: name
    Accessible.description: [summary, status].concat(chips).filter(words => words !== "").join(". ")
    focusPolicy: Qt.NoFocus
    hoverEnabled: true
    padding: Tokens.space.md

    onPressAndHold: menuWanted(tile, pressX, pressY)

    background: Box {
        element: "launcher tile" + (tile.current ? ":current" : "") + (tile.hovered ? ":hover" : "") + (tile.down ? ":active" : "")
        whole: tile
    }
    contentItem: ColumnLayout {
        spacing: Tokens.space.xs

        AppIcon {
            Layout.alignment: Qt.AlignHCenter
            Layout.preferredHeight: Tokens.size.tileIcon
            Layout.preferredWidth: Tokens.size.tileIcon
            app: tile.app
            name: tile.name
            opacity: tile.activity === "" || tile.activity === "running" ? 1 : Tokens.opacity.muted
            source: tile.picture
        }

        Label {
            Layout.fillWidth: true
            Layout.topMargin: Tokens.space.xs
            font.weight: Tokens.font.medium
            horizontalAlignment: Text.AlignHCenter
            text: tile.name
        }

        Label {
            Layout.fillWidth: true
            font.pixelSize: Tokens.font.caption
            horizontalAlignment: Text.AlignHCenter
            maximumLineCount: tile.status === "" ? 2 : 1
            muted: true
            text: tile.summary
            visible: !tile.building
            wrapMode: Text.Wrap
        }

        Label {
            Layout.fillWidth: true
            color: Tokens.color.link
            font.pixelSize: Tokens.font.caption
            horizontalAlignment: Text.AlignHCenter
            maximumLineCount: tile.building ? 2 : 1
            text: tile.status
            visible: text !== ""
            wrapMode: Text.Wrap
        }

        ProgressBar {
            Layout.fillWidth: true
            Layout.topMargin: Tokens.space.xs
            fraction: tile.progress
            visible: tile.building
        }

        Tag {
            Layout.alignment: Qt.AlignHCenter
            Layout.maximumWidth: tile.availableWidth
            symbol: "shield"
            text: tile.chips.length > 1 ? qsTr("%1, +%2").arg(tile.chips[0]).arg(tile.chips.length - 1) : tile.chips.length === 1 ? tile.chips[0] : ""
            visible: tile.chips.length > 0 && !tile.building
        }

        Item {
            Layout.fillHeight: true
        }
    }

    TapHandler {
        acceptedButtons: Qt.RightButton

        onTapped: point => tile.menuWanted(tile, point.position.x, point.position.y)
    }

    IconButton {
        id: more

        objectName: "more"
        anchors.right: parent.right
        anchors.top: parent.top
        focusPolicy: Qt.NoFocus
        symbol: "more"
        symbolSize: Tokens.size.iconSmall
        text: qsTr("More for %1").arg(tile.name)
        visible: !tile.building && (tile.hovered || hovered || tile.current || Tokens.formFactor !== "desktop")

        onClicked: tile.menuWanted(more, 0, height)
    }

    IconButton {
        anchors.right: parent.right
        anchors.top: parent.top
        symbol: "close"
        symbolSize: Tokens.size.iconSmall
        text: qsTr("Cancel preparing %1").arg(tile.name)
        visible: tile.building

        onClicked: tile.cancelled()
    }
}
