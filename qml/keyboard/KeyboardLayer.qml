pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"
import "../inspector"

// The place of the on-screen keyboard. It lies above all: it covers no question, which keeps clear of it, and works for
// those that ask for words. It is no part of what apps get pictures of: these would show what is typed.
Item {
    id: layer

    required property bool here
    required property real floor // what it stands on
    property Output output: null // where it takes room from windows
    property Item backdrop: null
    property bool pointed: false // the next press chooses an element of it
    property string shade: "" // over what is below it, while that cannot be used

    readonly property real tall: loader.active ? loader.height : 0
    readonly property real upper: floor - tall
    readonly property real covered: loader.active ? height - upper : 0 // from the lower edge

    anchors.fill: parent

    onTallChanged: {
        if (output)
            ScreenKeyboard.covers(output.name, Math.round(tall));
    }

    Loader {
        id: loader

        objectName: "screenKeyboard"
        active: ScreenKeyboard.shown && layer.here
        visible: active
        width: parent.width
        y: layer.upper

        sourceComponent: KeyboardArea {}
    }

    PointingArea {
        anchors.fill: loader
        objectName: "pointingAtKeys"
        screen: layer
        visible: layer.pointed && loader.active
    }

    Scrim {
        anchors.bottom: parent.bottom
        element: layer.shade
        height: layer.height - layer.floor
        visible: loader.active && layer.shade !== ""
        width: parent.width
    }
}
