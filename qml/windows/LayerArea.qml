import QtQuick
import Berth

// One level of what apps with the permission put on the desktop itself: panels, backgrounds, notifications.
Item {
    id: area

    required property string level

    Accessible.role: Accessible.Grouping

    Component.onCompleted: Scene.attachLevel(level, area)
    Component.onDestruction: Scene.detachLevel(level, area)
}
