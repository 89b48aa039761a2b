import QtQuick
import Berth

// One level of what apps with the permission put on the desktop itself: panels, backgrounds, notifications.
Item {
    id: area

    required property Output output
    required property string level

    Accessible.role: Accessible.Grouping

    Component.onCompleted: Scene.attachLevel(output.name, level, area)
    Component.onDestruction: {
        if (output)
            Scene.detachLevel(output.name, level, area);
    }
}
