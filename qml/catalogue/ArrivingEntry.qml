import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// An image that is no app yet: how far it is, that it was broken off, or that a drive has brought it.
RowLayout {
    id: entry

    required property string app
    required property string name
    required property string text
    required property real fraction
    required property string timeLeft
    required property bool building
    required property bool stopped
    required property bool offered

    readonly property bool waiting: stopped || offered

    readonly property string remaining: timeLeft === "" ? text : qsTr("%1, %2").arg(text).arg(timeLeft)

    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("%1: %2").arg(name).arg(remaining)
    spacing: Tokens.space.md

    ColumnLayout {
        spacing: Tokens.space.xxs

        Label {
            Layout.fillWidth: true
            font.weight: Tokens.font.medium
            text: entry.name
        }

        Label {
            Layout.fillWidth: true
            font.pixelSize: Tokens.font.caption
            maximumLineCount: 2
            muted: true
            text: entry.remaining
            wrapMode: Text.Wrap
        }

        ProgressBar {
            Layout.fillWidth: true
            fraction: entry.fraction
            visible: entry.building
        }
    }

    Button {
        objectName: "goOnArriving"
        text: entry.offered ? qsTr("Take in") : qsTr("Go on")
        visible: entry.waiting

        onClicked: Shell.goOn(entry.app)
    }

    IconButton {
        objectName: "cancelArriving"
        symbol: "close"
        symbolSize: Tokens.size.iconSmall
        text: (entry.offered ? qsTr("Do not take in what is on %1") : entry.stopped ? qsTr("Do not go on with %1") : qsTr("Cancel preparing %1")).arg(entry.name)

        onClicked: entry.waiting ? Shell.forgetStopped(entry.app) : Shell.cancelBuild(entry.app)
    }
}
