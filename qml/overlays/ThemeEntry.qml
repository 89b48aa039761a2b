import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// A theme in the list: what it looks like, who made it, and a way to remove it if it is the user's own.
MenuEntry {
    id: entry

    required property string about
    required property string name
    required property string preview
    required property bool removable
    required property string summary
    required property string theme
    required property bool used
    property real inset: 0 // of what it looks like, at its sides

    signal removing

    Accessible.checkable: true
    Accessible.checked: used
    Accessible.description: [used ? qsTr("In use. %1").arg(summary) : summary, about, removable ? qsTr("The Delete key removes it") : ""].filter(words => words !== "").join(". ")
    horizontalPadding: look.paddingLeft + inset
    implicitHeight: implicitContentHeight + 2 * Tokens.space.xs
    leftInset: inset
    rightInset: inset
    text: name

    Keys.onDeletePressed: {
        if (removable)
            removing();
    }

    contentItem: RowLayout {
        spacing: Tokens.space.md

        Thumbnail {
            Accessible.ignored: true
            Layout.preferredHeight: 2 * Tokens.size.control
            Layout.preferredWidth: 3.2 * Tokens.size.control
            passive: true
            source: entry.preview
            text: qsTr("The look of %1").arg(entry.name)
        }

        ColumnLayout {
            spacing: Tokens.space.xxs

            RowLayout {
                spacing: Tokens.space.xs

                Label {
                    Layout.fillWidth: true
                    font.weight: Tokens.font.medium
                    look: entry.look
                    text: entry.name
                }

                Symbol {
                    Layout.preferredHeight: Tokens.size.iconSmall
                    Layout.preferredWidth: Tokens.size.iconSmall
                    color: entry.look.color
                    name: "check"
                    stroke: Tokens.stroke.icon
                    visible: entry.used
                }
            }

            Label {
                Accessible.ignored: true
                Layout.fillWidth: true
                font.pixelSize: Tokens.font.caption
                maximumLineCount: 2
                text: entry.summary
                visible: text !== ""
                wrapMode: Text.Wrap
            }

            Label {
                Accessible.ignored: true
                Layout.fillWidth: true
                font.pixelSize: Tokens.font.caption
                maximumLineCount: 2
                muted: true
                text: entry.about
                visible: text !== ""
                wrapMode: Text.Wrap
            }
        }

        IconButton {
            objectName: "removeTheme-" + entry.theme
            focusPolicy: Qt.NoFocus // the Delete key does the same
            symbol: "remove"
            symbolSize: Tokens.size.iconSmall
            text: qsTr("Remove %1…").arg(entry.name)
            visible: entry.removable

            onClicked: entry.removing()
        }
    }
}
