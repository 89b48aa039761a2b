import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// One notice: what happened and what helps. Never takes the focus; all but errors leave by themselves.
Card {
    id: toast

    required property int notice
    required property string severity
    required property string message
    required property string hint
    required property string origin
    required property int times

    readonly property color ink: severity === "error" ? Tokens.color.danger : severity === "warning" ? Tokens.color.warning : Tokens.color.info
    readonly property color ground: severity === "error" ? Tokens.color.dangerSoft : severity === "warning" ? Tokens.color.warningSoft : Tokens.color.infoSoft

    Accessible.role: Accessible.AlertMessage
    Accessible.name: [origin, message, hint].filter(words => words !== "").join(". ")
    implicitHeight: row.implicitHeight + 2 * Tokens.space.md
    element: "notice." + severity

    HoverHandler {
        id: hover
    }

    Timer {
        interval: Tokens.duration.notice
        running: toast.severity !== "error" && !hover.hovered

        onTriggered: Shell.dismissNotice(toast.notice)
    }

    RowLayout {
        id: row

        anchors.left: parent.left
        anchors.leftMargin: Tokens.space.md
        anchors.right: parent.right
        anchors.rightMargin: Tokens.space.xs
        anchors.verticalCenter: parent.verticalCenter
        spacing: Tokens.space.md

        Rectangle {
            Layout.alignment: Qt.AlignTop
            Layout.preferredHeight: Tokens.size.iconLarge + Tokens.space.xs
            Layout.preferredWidth: Tokens.size.iconLarge + Tokens.space.xs
            color: toast.ground
            radius: Tokens.radius.sm

            Symbol {
                anchors.centerIn: parent
                color: toast.ink
                height: Tokens.size.icon
                name: toast.severity
                stroke: Tokens.stroke.icon
                width: height
            }
        }

        ColumnLayout {
            spacing: Tokens.space.xxs

            Label {
                Layout.fillWidth: true
                font.pixelSize: Tokens.font.caption
                muted: true
                text: toast.times > 1 ? qsTr("%1 (%2 times)").arg(toast.origin).arg(toast.times) : toast.origin
                visible: text !== ""
            }

            Label {
                Layout.fillWidth: true
                font.weight: Tokens.font.medium
                maximumLineCount: 4
                text: toast.message
                wrapMode: Text.Wrap
            }

            Label {
                Layout.fillWidth: true
                maximumLineCount: 4
                muted: true
                text: toast.hint
                visible: text !== ""
                wrapMode: Text.Wrap
            }
        }

        IconButton {
            Layout.alignment: Qt.AlignTop
            symbol: "close"
            symbolSize: Tokens.size.iconSmall
            text: qsTr("Dismiss")

            onClicked: Shell.dismissNotice(toast.notice)
        }
    }
}
