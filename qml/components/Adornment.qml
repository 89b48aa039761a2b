pragma ComponentBehavior: Bound

import QtQuick

// What an element has beside a rectangle: shadows and painted grounds behind it, a line around it, and how it moves.
Item {
    id: adornment

    required property Box box
    readonly property string extras: box.extras
    property bool restless: false // once it moves it may have to move back
    property bool filtered: false // the layer of an element that had a filter is not taken away with it

    anchors.fill: parent
    z: -1

    onExtrasChanged: {
        restless = restless || extras.includes("m");
        filtered = filtered || extras.includes("f");
    }

    Loader {
        active: adornment.extras.includes("s")
        anchors.fill: parent

        sourceComponent: Painted {
            box: adornment.box
            change: adornment.box.look.changes.paint
            painting: adornment.box.look.shade
        }
    }

    Loader {
        active: adornment.extras.includes("b")
        anchors.fill: parent

        sourceComponent: Backdrop {
            box: adornment.box
        }
    }

    Loader {
        active: adornment.extras.includes("g")
        anchors.fill: parent

        sourceComponent: Painted {
            box: adornment.box
            change: adornment.box.look.changes.paint
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

    Loader {
        active: adornment.filtered

        sourceComponent: Filter {
            box: adornment.box
        }
    }

    Loader {
        active: adornment.restless

        sourceComponent: Motion {
            box: adornment.box
        }
    }
}
