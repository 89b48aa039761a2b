pragma ComponentBehavior: Bound

import QtQuick

// What an element has beside a rectangle: shadows and painted grounds behind it, a line around it.
Item {
    id: adornment

    required property Box box
    readonly property string extras: box.extras

    anchors.fill: parent
    z: -1

    Loader {
        active: adornment.extras.includes("s")
        anchors.fill: parent

        sourceComponent: Painted {
            box: adornment.box
            painting: adornment.box.look.shade
        }
    }

    Loader {
        active: adornment.extras.includes("g")
        anchors.fill: parent

        sourceComponent: Painted {
            box: adornment.box
            painting: adornment.box.look.ground
        }
    }

    Loader {
        active: adornment.extras.includes("o")
        anchors.fill: parent
        parent: adornment.box

        sourceComponent: Outline {
            box: adornment.box
        }
    }
}
