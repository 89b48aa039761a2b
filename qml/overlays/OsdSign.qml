import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Says for a moment what a key has changed. It takes no pointer and no keys, and is read out instead of looked for.
Item {
    id: sign

    required property bool active // where the user works

    readonly property string element: "osd." + Shell.osd.kind + (Shell.osd.muted ? ":muted" : "")
    readonly property bool up: active && Shell.osd.up
    readonly property bool barred: Shell.osd.fraction >= 0

    Accessible.role: Accessible.AlertMessage
    Accessible.name: Shell.osd.words
    Accessible.ignored: !up
    enabled: false
    implicitHeight: row.implicitHeight + 2 * Tokens.space.md
    implicitWidth: barred ? Tokens.size.osd : row.implicitWidth + 2 * Tokens.space.lg
    opacity: up ? 1 : 0
    visible: opacity > 0

    Behavior on opacity {
        NumberAnimation {
            duration: Tokens.duration.fast
        }
    }

    Connections {
        target: Shell.osd

        function onTold(): void {
            if (!sign.active)
                return;
            leave.restart();
            sign.Accessible.announce(Shell.osd.words, Accessible.Polite);
        }
    }

    Timer {
        id: leave

        interval: Tokens.duration.osd
        running: sign.up

        onTriggered: Shell.osd.close()
    }

    // What themes fade and move; the sign itself comes and goes.
    Item {
        id: body

        anchors.fill: parent

        Box {
            anchors.fill: parent
            element: sign.element
            whole: body
        }

        RowLayout {
            id: row

            anchors.left: parent.left
            anchors.leftMargin: Tokens.space.lg
            anchors.right: parent.right
            anchors.rightMargin: Tokens.space.lg
            anchors.verticalCenter: parent.verticalCenter
            spacing: Tokens.space.md

            Symbol {
                readonly property string element: sign.element + " icon"
                property QtObject dressed: null // as a Box is
                readonly property var look: {
                    const plain = Styles.of(element);
                    return dressed ?? plain;
                }

                Layout.preferredHeight: Tokens.size.iconLarge
                Layout.preferredWidth: Tokens.size.iconLarge
                color: look.color
                name: Shell.osd.symbol
                stroke: Tokens.stroke.icon
            }

            ColumnLayout {
                spacing: Tokens.space.sm

                Label {
                    Layout.fillWidth: true
                    Layout.maximumWidth: Tokens.size.osd
                    font.weight: Tokens.font.medium
                    text: Shell.osd.words
                    within: sign.element
                }

                ProgressBar {
                    Accessible.ignored: true
                    Layout.fillWidth: true
                    fraction: Math.max(Shell.osd.fraction, 0)
                    visible: sign.barred
                    within: sign.element
                }
            }
        }
    }
}
