pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// An app of the dock: pinned, running, or both.
T.AbstractButton {
    id: item

    required property string app
    required property string name
    required property string picture
    required property int windows
    required property bool focused
    required property bool urgent
    required property bool minimized
    required property string activity
    required property real progress
    property string edge: "bottom"
    property bool dragged: false

    readonly property bool busy: activity === "building" || activity === "starting"
    readonly property bool running: windows > 0 || activity === "running"
    readonly property string status: {
        if (urgent)
            return qsTr("Wants attention");
        if (activity === "building")
            return qsTr("Being prepared");
        if (activity === "starting")
            return qsTr("Starting");
        if (windows > 1)
            return qsTr("%n windows", "", windows);
        return minimized ? qsTr("Minimised") : running ? qsTr("Running") : "";
    }

    signal menuWanted

    Accessible.role: Accessible.Button
    Accessible.description: status
    Accessible.name: name
    focusPolicy: Qt.TabFocus
    hoverEnabled: true
    implicitHeight: Tokens.size.dockItem
    implicitWidth: Tokens.size.dockItem

    onPressAndHold: menuWanted()

    background: Box {
        element: "dock app" + (item.running ? ":running" : "") + (item.focused ? ":focus" : "") + (item.urgent ? ":urgent" : "") + (item.minimized ? ":minimized" : "") + (item.busy ? ":busy" : "") + (item.dragged ? ":dragged" : "") + (item.hovered ? ":hover" : "") + (item.down ? ":active" : "") + (item.visualFocus ? ":focus-visible" : "")
        whole: item

        TapHandler {
            acceptedButtons: Qt.MiddleButton
            onTapped: Dock.startAnother(item.app)
        }

        TapHandler {
            acceptedButtons: Qt.RightButton
            onTapped: item.menuWanted()
        }
    }
    contentItem: Item {
        AppIcon {
            anchors.centerIn: parent
            app: item.app
            height: Tokens.size.dockIcon
            name: item.name
            opacity: item.busy ? Tokens.opacity.muted : 1
            source: item.picture
            width: height
        }

        Box {
            readonly property bool lying: item.edge === "bottom"
            readonly property real length: item.focused || item.urgent ? Tokens.size.dockIcon / 2 : Tokens.size.marker * 2

            element: "dock mark" + (item.focused ? ":focus" : "") + (item.urgent ? ":urgent" : "")
            height: lying ? Tokens.size.marker : length
            visible: item.running
            width: lying ? length : Tokens.size.marker
            x: lying ? (parent.width - width) / 2 : item.edge === "left" ? 0 : parent.width - width
            y: lying ? parent.height - height : (parent.height - height) / 2
        }

        Box {
            element: "dock badge"
            height: count.implicitHeight
            visible: item.windows > 1
            width: Math.max(height, count.implicitWidth + 2 * Tokens.space.xs)
            x: item.mirrored ? 0 : parent.width - width

            Label {
                id: count

                Accessible.ignored: true
                anchors.centerIn: parent
                look: (parent as Box).look
                text: item.windows > 99 ? qsTr("99+") : Number(item.windows).toLocaleString(Qt.locale(), "f", 0)
            }
        }

        ProgressBar {
            anchors.bottom: parent.bottom
            anchors.left: parent.left
            anchors.margins: Tokens.space.xs
            anchors.right: parent.right
            fraction: item.progress
            height: Tokens.size.marker
            visible: item.busy && !item.running
        }
    }
}
