import QtQuick
import Berth

// One level of what apps with the permission put on the desktop itself: panels, backgrounds, notifications.
Item {
    id: area

    required property Output output
    required property string level

    readonly property var names: ({
            background: qsTr("Backgrounds"),
            bottom: qsTr("Parts of the desktop behind windows"),
            top: qsTr("Parts of the desktop in front of windows"),
            overlay: qsTr("Parts of the desktop in front of everything of apps")
        })

    Accessible.role: Accessible.Grouping
    Accessible.name: names[level]
    anchors.fill: parent

    Component.onCompleted: Scene.attachLevel(output.name, level, area)
    Component.onDestruction: {
        if (output)
            Scene.detachLevel(output.name, level, area);
    }
}
