import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// A running window in the panel: click focuses it, or minimises the focused one.
T.AbstractButton {
    id: task

    required property int window
    required property string app
    required property string appName
    required property string picture
    required property string title
    required property bool focused
    required property bool minimized
    required property bool urgent
    property bool worded: true

    function openMenu(): void {
        const corner = mapToItem(null, LayoutMirroring.enabled ? width : 0, 0);
        Scene.openMenu(window, corner.x, corner.y);
    }

    Accessible.role: Accessible.Button
    Accessible.description: urgent ? qsTr("Wants attention") : minimized ? qsTr("Minimised") : ""
    Accessible.name: qsTr("%1, window of %2").arg(title).arg(appName)
    focusPolicy: Qt.TabFocus
    hoverEnabled: true
    implicitHeight: Tokens.size.panelItem
    padding: Tokens.space.sm

    onPressAndHold: openMenu()
    onClicked: focused ? Scene.minimizeWindow(window) : Scene.focusWindow(window)

    background: Box {
        element: "panel task" + (task.focused ? ":focus" : "") + (task.urgent ? ":urgent" : "") + (task.minimized ? ":minimized" : "") + (task.hovered ? ":hover" : "") + (task.down ? ":active" : "")
        whole: task

        Rectangle {
            anchors.bottom: parent.bottom
            anchors.horizontalCenter: parent.horizontalCenter
            color: task.urgent ? Tokens.color.warning : task.focused ? Tokens.color.accent : Tokens.color.borderStrong
            height: Tokens.size.marker
            radius: height / 2
            width: task.focused || task.urgent ? Tokens.size.appIcon : Tokens.size.marker * 2
        }

        FocusRing {
            target: parent
            visible: task.visualFocus
        }

        TapHandler {
            acceptedButtons: Qt.MiddleButton
            onTapped: Scene.closeWindow(task.window)
        }

        TapHandler {
            acceptedButtons: Qt.RightButton
            onTapped: task.openMenu()
        }
    }
    contentItem: Item {
        opacity: task.minimized ? Tokens.opacity.muted : 1

        AppIcon {
            id: picture

            // Both anchors of a side, even for a moment, would fix the width for good.
            anchors.left: parent.left
            anchors.leftMargin: task.worded ? 0 : (parent.width - width) / 2
            anchors.verticalCenter: parent.verticalCenter
            app: task.app
            height: Tokens.size.appIcon
            name: task.appName
            source: task.picture
            width: Tokens.size.appIcon
        }

        Label {
            anchors.left: picture.right
            anchors.leftMargin: Tokens.space.sm
            anchors.right: parent.right
            anchors.verticalCenter: parent.verticalCenter
            text: task.title !== "" ? task.title : task.appName
            visible: task.worded
        }
    }
}
