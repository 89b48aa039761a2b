import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Asks what to do about an app that does not answer. It lies on the window, so that all else can be used.
FocusScope {
    id: question

    required property int window
    required property string name

    function wait(): void {
        Scene.waitFor(window);
    }

    Accessible.role: Accessible.Dialog
    Accessible.name: headline.text
    Accessible.description: advice.text
    implicitHeight: card.implicitHeight
    implicitWidth: card.implicitWidth
    objectName: "hangQuestion"

    Keys.onEscapePressed: wait()

    Card {
        id: card

        anchors.fill: parent
        implicitHeight: column.implicitHeight + 2 * Tokens.space.lg
        implicitWidth: Tokens.size.notice

        ColumnLayout {
            id: column

            anchors.fill: parent
            anchors.margins: Tokens.space.lg
            spacing: Tokens.space.sm

            Label {
                id: headline

                Layout.fillWidth: true
                font.pixelSize: Tokens.font.title
                font.weight: Tokens.font.medium
                maximumLineCount: 2
                text: qsTr("%1 does not answer").arg(question.name)
                wrapMode: Text.Wrap
            }

            Label {
                id: advice

                Layout.fillWidth: true
                maximumLineCount: 4
                muted: true
                text: qsTr("It may only be busy. If you end it, what it has not saved is lost.")
                wrapMode: Text.Wrap
            }

            RowLayout {
                Layout.topMargin: Tokens.space.sm
                spacing: Tokens.space.sm

                Button {
                    id: end

                    objectName: "endApp"
                    Layout.fillWidth: true
                    Layout.preferredWidth: Tokens.size.notice / 2
                    KeyNavigation.backtab: patience
                    KeyNavigation.right: patience
                    KeyNavigation.tab: patience
                    text: qsTr("End the app")

                    onClicked: Scene.endApp(question.window)
                }

                Button {
                    id: patience

                    objectName: "wait"
                    Layout.fillWidth: true
                    Layout.preferredWidth: Tokens.size.notice / 2
                    KeyNavigation.backtab: end
                    KeyNavigation.left: end
                    KeyNavigation.tab: end
                    focus: true
                    highlighted: true
                    text: qsTr("Wait")

                    onClicked: question.wait()
                }
            }
        }
    }
}
