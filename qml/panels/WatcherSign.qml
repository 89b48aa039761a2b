import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Berth
import "../components"

// An app takes pictures of the screen: says so for as long as it does, and ends it.
T.AbstractButton {
    id: sign

    required property string app
    required property string name
    property bool worded: true

    Accessible.role: Accessible.Button
    Accessible.name: text
    focusPolicy: Qt.TabFocus
    hoverEnabled: true
    implicitHeight: Tokens.size.panelItem
    implicitWidth: worded ? row.implicitWidth + 2 * Tokens.space.sm : Tokens.size.panelItem
    text: qsTr("%1 sees the screen. Stop it").arg(name)

    Keys.onEnterPressed: event => event.isAutoRepeat || click()
    Keys.onReturnPressed: event => event.isAutoRepeat || click()
    onClicked: Shell.stopWatching(app)

    background: Rectangle {
        color: sign.down ? Tokens.color.dangerPressed : sign.hovered ? Tokens.color.dangerHover : Tokens.color.danger
        radius: Tokens.radius.md

        FocusRing {
            target: parent
            visible: sign.visualFocus
        }
    }
    contentItem: Item {
        RowLayout {
            id: row

            anchors.centerIn: parent
            spacing: Tokens.space.sm

            Symbol {
                color: Tokens.color.textOnAccent
                implicitHeight: Tokens.size.icon
                implicitWidth: Tokens.size.icon
                name: sign.hovered || sign.visualFocus ? "close" : "eye"
                stroke: Tokens.stroke.icon
            }

            Label {
                Layout.maximumWidth: Tokens.size.panelItemWidth
                color: Tokens.color.textOnAccent
                font.pixelSize: Tokens.font.caption
                text: sign.name
                visible: sign.worded
            }
        }
    }
}
