pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// The bar at the edge of the screen: launcher, running apps, what is going on, the time.
Box {
    id: panel

    property bool worded: true
    property bool dated: true
    property bool fingers: false

    signal launcherToggled

    Accessible.role: Accessible.ToolBar
    Accessible.name: qsTr("Panel")
    element: "panel"
    implicitHeight: Tokens.size.panel

    MouseArea {
        acceptedButtons: Qt.AllButtons
        anchors.fill: parent
        hoverEnabled: true
    }

    RowLayout {
        anchors.fill: parent
        anchors.leftMargin: Tokens.space.sm
        anchors.rightMargin: Tokens.space.lg
        spacing: Tokens.space.sm

        LauncherButton {
            objectName: "launcherButton"
            onClicked: panel.launcherToggled()
        }

        TaskList {
            Layout.fillWidth: true
            worded: panel.worded
        }

        BarEnd {
            dated: panel.dated
            fingers: panel.fingers
            worded: panel.worded
        }
    }
}
