import QtQuick
import Berth

// What an app drags lies above all but questions, and in nobody's way.
Item {
    id: area

    required property Output output

    Accessible.ignored: true
    anchors.fill: parent
    enabled: false

    Component.onCompleted: Scene.attachDragLayer(output.name, area)
    Component.onDestruction: {
        if (output)
            Scene.detachDragLayer(output.name, area);
    }
}
