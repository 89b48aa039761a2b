import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// Opens and closes the launcher; Berth's mark.
T.AbstractButton {
    id: control

    Accessible.role: Accessible.Button
    Accessible.name: text
    focusPolicy: Qt.TabFocus
    hoverEnabled: true
    implicitHeight: Tokens.size.panelItem
    implicitWidth: Tokens.size.panelItem
    text: Shell.launcherOpen ? qsTr("Close the launcher") : qsTr("Open the launcher")

    Keys.onEnterPressed: event => event.isAutoRepeat || click()
    Keys.onReturnPressed: event => event.isAutoRepeat || click()

    background: Box {
        id: ground

        element: "panel button.start" + (control.hovered ? ":hover" : "") + (control.down ? ":active" : "") + (control.visualFocus ? ":focus-visible" : "")
        whole: control
    }
    contentItem: Item {
        Symbol {
            anchors.centerIn: parent
            color: ground.look.color
            height: Tokens.size.icon
            name: Shell.launcherOpen ? "close" : "anchor"
            stroke: Tokens.stroke.icon
            width: height
        }
    }
}
