import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// An app that is being prepared or started, with what is known about how long it takes.
Rectangle {
    id: item

    required property string app
    required property string name
    required property string icon
    required property string text
    required property real fraction
    required property string timeLeft
    required property bool building
    required property bool stopped
    required property bool offered
    property bool worded: true

    // It waits for someone to go on with it, or to want it at all.
    readonly property bool waiting: stopped || offered
    readonly property string remaining: timeLeft !== "" ? timeLeft : text

    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("%1: %2").arg(name).arg(remaining)
    color: Tokens.color.hover
    implicitHeight: Tokens.size.panelItem
    implicitWidth: worded ? Tokens.size.panelItemWidth : Tokens.size.panelItem
    radius: Tokens.radius.md

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Tokens.space.sm
        anchors.rightMargin: (item.building || item.waiting) && item.worded ? 0 : Tokens.space.sm
        spacing: Tokens.space.sm

        AppIcon {
            app: item.app
            name: item.name
            source: item.icon
        }

        ColumnLayout {
            spacing: 0
            visible: item.worded

            Label {
                Layout.fillWidth: true
                font.pixelSize: Tokens.font.caption
                text: item.name
            }

            Label {
                Layout.fillWidth: true
                font.pixelSize: Tokens.font.caption
                muted: true
                text: item.remaining
                visible: item.remaining !== ""
            }

            ProgressBar {
                Layout.fillWidth: true
                Layout.preferredHeight: Tokens.size.marker
                fraction: item.fraction
                visible: !item.waiting
            }
        }

        IconButton {
            objectName: "goOn"
            side: Math.min(Tokens.size.target, item.height)
            symbol: item.offered ? "plus" : "play"
            symbolSize: Tokens.size.iconSmall
            text: (item.offered ? qsTr("Take in what is on %1") : qsTr("Go on with %1")).arg(item.name)
            visible: item.waiting && item.worded

            onClicked: Shell.goOn(item.app)
        }

        IconButton {
            objectName: "forgetStopped"
            side: Math.min(Tokens.size.target, item.height)
            symbol: "close"
            symbolSize: Tokens.size.iconSmall
            text: (item.offered ? qsTr("Do not take in what is on %1") : qsTr("Do not go on with %1")).arg(item.name)
            visible: item.waiting && item.worded

            onClicked: Shell.forgetStopped(item.app)
        }

        IconButton {
            objectName: "cancelProgress"
            side: Math.min(Tokens.size.target, item.height)
            symbol: "close"
            symbolSize: Tokens.size.iconSmall
            text: qsTr("Cancel preparing %1").arg(item.name)
            visible: item.building && item.worded

            onClicked: Shell.cancelBuild(item.app)
        }
    }

    ProgressBar {
        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        fraction: item.fraction
        height: Tokens.size.marker
        visible: !item.worded && !item.waiting
    }
}
