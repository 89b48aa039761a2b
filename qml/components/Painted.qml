pragma ComponentBehavior: Bound

import QtQuick
import Berth

// A painted part of a box. Where only the middle gets larger with the box, a small picture is stretched there.
// Where the theme lets it change slowly, the old picture fades above the new one.
Item {
    id: painted

    required property Item box
    required property var painting // number, top, right, bottom, left, patch
    required property var change // milliseconds, delay and curve, or nothing

    property var shown: []
    property var former: []

    onPaintingChanged: {
        if (change !== undefined && shown.length > 0 && painting.length > 0) {
            former = shown;
            fading.restart();
        }
        shown = painting;
    }

    component Picture: BorderImage {
        required property var painting
        readonly property real unit: Styles.scale
        readonly property real patch: painting[5] ?? 0
        readonly property real above: painting[1] ?? 0
        readonly property real beyond: painting[2] ?? 0
        readonly property real below: painting[3] ?? 0
        readonly property real before: painting[4] ?? 0
        readonly property int columns: patch > 0 ? Math.min(Math.round(painted.box.width), patch) : Math.round(painted.box.width)
        readonly property int rows: patch > 0 ? Math.min(Math.round(painted.box.height), patch) : Math.round(painted.box.height)

        border.bottom: (below + rows - Math.floor(rows / 2) - 1) * unit
        border.left: (before + Math.floor(columns / 2)) * unit
        border.right: (beyond + columns - Math.floor(columns / 2) - 1) * unit
        border.top: (above + Math.floor(rows / 2)) * unit
        height: (painted.box.height + above + below) * unit
        scale: 1 / unit
        source: painting.length > 0 && columns > 0 && rows > 0 ? "image://boxes/" + [painting[0], columns, rows, unit].join("/") : ""
        transformOrigin: Item.TopLeft
        width: (painted.box.width + before + beyond) * unit
        x: -before
        y: -above
    }

    Picture {
        painting: painted.painting
    }

    Loader {
        active: painted.former.length > 0

        sourceComponent: Picture {
            painting: painted.former
            opacity: fading.left
        }
    }

    SequentialAnimation {
        id: fading

        property real left: 1

        onFinished: painted.former = []

        PropertyAction {
            property: "left"
            target: fading
            value: 1
        }
        PauseAnimation {
            duration: painted.change?.[1] ?? 0
        }
        NumberAnimation {
            duration: painted.change?.[0] ?? 0
            easing.bezierCurve: painted.change?.[2] ?? [0, 0, 1, 1, 1, 1]
            easing.type: Easing.BezierSpline
            property: "left"
            target: fading
            to: 0
        }
    }
}
