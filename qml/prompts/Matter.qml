import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What a question is about: the app, what it wants, why it says so, and who it is from.
ColumnLayout {
    id: matter

    required property string app
    required property string name
    required property string icon
    required property string question
    required property string explanation
    required property string reason
    required property string publisher
    required property string digest

    spacing: Tokens.space.md

    RowLayout {
        spacing: Tokens.space.lg

        AppIcon {
            Layout.alignment: Qt.AlignTop
            Layout.preferredHeight: Tokens.size.tileIcon
            Layout.preferredWidth: Tokens.size.tileIcon
            app: matter.app
            name: matter.name
            source: matter.icon
        }

        ColumnLayout {
            spacing: Tokens.space.xs

            Label {
                Layout.fillWidth: true
                kind: "title"
                within: "prompt"
                maximumLineCount: 3
                text: matter.question
                wrapMode: Text.Wrap
            }

            Label {
                within: "prompt"
                Layout.fillWidth: true
                maximumLineCount: 4
                muted: true
                text: matter.explanation
                wrapMode: Text.Wrap
            }
        }
    }

    Reason {
        Layout.fillWidth: true
        name: matter.name
        reason: matter.reason
        visible: matter.reason !== ""
    }

    Origin {
        Layout.fillWidth: true
        app: matter.app
        digest: matter.digest
        publisher: matter.publisher
    }
}
