import QtQuick
import Berth

// A painted part of a box. Where only the middle gets larger with the box, a small picture is stretched there.
Item {
    id: painted

    required property Item box
    required property var painting // number, top, right, bottom, left, patch

    readonly property real patch: painting[5] ?? 0
    readonly property real above: painting[1] ?? 0
    readonly property real beyond: painting[2] ?? 0
    readonly property real below: painting[3] ?? 0
    readonly property real before: painting[4] ?? 0
    readonly property int columns: patch > 0 ? Math.min(Math.round(box.width), patch) : Math.round(box.width)
    readonly property int rows: patch > 0 ? Math.min(Math.round(box.height), patch) : Math.round(box.height)

    BorderImage {
        readonly property real unit: Styles.scale

        border.bottom: (painted.below + painted.rows - Math.floor(painted.rows / 2) - 1) * unit
        border.left: (painted.before + Math.floor(painted.columns / 2)) * unit
        border.right: (painted.beyond + painted.columns - Math.floor(painted.columns / 2) - 1) * unit
        border.top: (painted.above + Math.floor(painted.rows / 2)) * unit
        height: (painted.box.height + painted.above + painted.below) * unit
        scale: 1 / unit
        source: painted.painting.length > 0 && painted.columns > 0 && painted.rows > 0 ? "image://boxes/" + [painted.painting[0], painted.columns, painted.rows, unit].join("/") : ""
        transformOrigin: Item.TopLeft
        width: (painted.box.width + painted.before + painted.beyond) * unit
        x: -painted.before
        y: -painted.above
    }
}
