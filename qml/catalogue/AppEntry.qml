import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Berth
import "../components"

// One app of the catalogue: what it is, its size, and whether it can start at once.
T.AbstractButton {
    id: entry

    required property string app
    required property string name
    required property string summary
    required property string picture
    required property string size
    required property string imageState
    required property string activity
    required property real progress
    required property string progressText
    required property bool stopped
    property bool current: false

    readonly property string status: {
        if (activity === "building")
            return progressText !== "" ? progressText : qsTr("Preparing…");
        if (activity === "starting")
            return qsTr("Starting…");
        if (activity === "running")
            return qsTr("Running");
        if (stopped)
            return qsTr("Stopped before it was ready");
        return imageState === "ready" ? qsTr("Ready to start") : qsTr("Not here yet");
    }

    Accessible.role: Accessible.Button
    Accessible.name: name
    Accessible.description: [summary, status, size].filter(words => words !== "").join(". ")
    focusPolicy: Qt.NoFocus
    hoverEnabled: true
    padding: Tokens.space.sm

    background: Box {
        element: "launcher tile" + (entry.current ? ":current" : "") + (entry.hovered ? ":hover" : "") + (entry.down ? ":active" : "")
        whole: entry
    }
    contentItem: RowLayout {
        spacing: Tokens.space.md

        AppIcon {
            Layout.preferredHeight: Tokens.size.control + Tokens.space.xs
            Layout.preferredWidth: Tokens.size.control + Tokens.space.xs
            app: entry.app
            name: entry.name
            source: entry.picture
        }

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
                text: entry.summary
                visible: text !== "" && entry.activity !== "building"
            }

            Label {
                Layout.fillWidth: true
                color: entry.imageState === "ready" ? Tokens.color.textMuted : Tokens.color.link
                font.pixelSize: Tokens.font.caption
                text: entry.size === "" || entry.activity === "building" ? entry.status : qsTr("%1 · %2").arg(entry.status).arg(entry.size)
            }

            ProgressBar {
                Layout.fillWidth: true
                fraction: entry.progress
                visible: entry.activity === "building"
            }
        }
    }
}
