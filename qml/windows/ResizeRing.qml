import QtQuick
import Berth

// The outer rim of a window, where its edges and corners can be dragged.
MouseArea {
    id: ring

    required property int window
    required property real handle

    // The numbers of xdg_toplevel.resize_edge.
    readonly property int topEdge: 1
    readonly property int bottomEdge: 2
    readonly property int leftEdge: 4
    readonly property int rightEdge: 8
    readonly property real corner: 3 * handle
    property int edges: 0

    function edgesAt(x: real, y: real): int {
        const vertical = y < corner ? topEdge : y >= height - corner ? bottomEdge : 0;
        const horizontal = x < corner ? leftEdge : x >= width - corner ? rightEdge : 0;
        if (y < handle || y >= height - handle)
            return vertical | horizontal;
        return x < handle || x >= width - handle ? horizontal | vertical : 0;
    }

    function shapeOf(edges: int): int {
        switch (edges) {
        case topEdge:
        case bottomEdge:
            return Qt.SizeVerCursor;
        case leftEdge:
        case rightEdge:
            return Qt.SizeHorCursor;
        case topEdge | leftEdge:
        case bottomEdge | rightEdge:
            return Qt.SizeFDiagCursor;
        case topEdge | rightEdge:
        case bottomEdge | leftEdge:
            return Qt.SizeBDiagCursor;
        }
        return Qt.ArrowCursor;
    }

    cursorShape: shapeOf(edges)
    hoverEnabled: true

    onCanceled: Scene.cancelMove()
    onPositionChanged: mouse => {
        if (pressed) {
            const point = mapToItem(null, mouse.x, mouse.y);
            Scene.moveTo(point.x, point.y);
        } else {
            edges = edgesAt(mouse.x, mouse.y);
        }
    }
    onPressed: mouse => {
        const point = mapToItem(null, mouse.x, mouse.y);
        edges = edgesAt(mouse.x, mouse.y);
        Scene.beginResize(window, edges, point.x, point.y);
    }
    onReleased: Scene.endMove()
}
