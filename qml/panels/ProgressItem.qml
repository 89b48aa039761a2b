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
    required property real secondsLeft
    required property bool building

    readonly property string remaining: {
        if (secondsLeft < 0)
            return text;
        const minutes = Math.ceil(secondsLeft / 60);
        return secondsLeft < 60 ? qsTr("less than a minute left") : qsTr("about %n minute(s) left", "", minutes);
    }

    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("%1: %2").arg(name).arg(remaining)
    color: Tokens.color.hover
    implicitHeight: Tokens.size.panelItem
    implicitWidth: Tokens.size.panelItemWidth
    radius: Tokens.radius.md

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Tokens.space.sm
        anchors.rightMargin: item.building ? 0 : Tokens.space.sm
        spacing: Tokens.space.sm

        AppIcon {
            app: item.app
            name: item.name
            source: item.icon
        }

        ColumnLayout {
            spacing: Tokens.space.xxs

            Label {
                Layout.fillWidth: true
                font.pixelSize: Tokens.font.caption
                text: qsTr("%1: %2").arg(item.name).arg(item.remaining)
            }

            ProgressBar {
                Layout.fillWidth: true
                Layout.preferredHeight: Tokens.size.marker
                fraction: item.fraction
            }
        }

        IconButton {
            side: Math.min(Tokens.size.target, item.height)
            symbol: "close"
            symbolSize: Tokens.size.iconSmall
            text: qsTr("Cancel preparing %1").arg(item.name)
            visible: item.building

            onClicked: Shell.cancelBuild(item.app)
        }
    }
}
