pragma ComponentBehavior: Bound

import QtQuick
import Berth

// The apps of the dock in their order, which a hand can change.
ListView {
    id: list

    property string edge: "bottom"
    property string dragged: "" // the app that is being moved
    property DockSlot hoveredSlot: null

    readonly property bool upright: edge !== "bottom"
    readonly property real full: count * (Tokens.size.dockItem + spacing) - spacing

    signal pressed(slot: DockSlot)
    signal menuWanted(slot: DockSlot)

    // `point` of the list is where the hand has the app of `slot` now; at the place that is its own nothing was put.
    function carry(slot: DockSlot, point: point): void {
        const place = indexAt(upright ? width / 2 : point.x + contentX, upright ? point.y + contentY : height / 2);
        if (place >= 0 && place !== slot.index)
            Dock.move(slot.app, place);
    }

    Accessible.role: Accessible.List
    Accessible.name: qsTr("Apps")
    boundsBehavior: Flickable.StopAtBounds
    clip: interactive
    highlightMoveDuration: 0
    interactive: full > (upright ? height : width) + 1
    keyNavigationEnabled: false
    model: Dock.rows
    objectName: "dockList"
    orientation: upright ? ListView.Vertical : ListView.Horizontal
    spacing: Tokens.space.xs

    delegate: DockSlot {
        id: slot

        carried: list.dragged === app
        edge: list.edge

        onActivated: list.pressed(slot)
        onDragMoved: point => list.carry(slot, slot.mapToItem(list, point))
        onDragChanged: dragging => {
            list.dragged = dragging ? slot.app : "";
            if (!dragging)
                Dock.keepOrder();
        }
        onHoverChanged: hovered => {
            if (hovered)
                list.hoveredSlot = slot;
            else if (list.hoveredSlot === slot)
                list.hoveredSlot = null;
        }
        onMenuWanted: list.menuWanted(slot)
    }

    move: Transition {
        NumberAnimation {
            duration: Tokens.duration.fast
            properties: "x,y"
        }
    }
    displaced: Transition {
        NumberAnimation {
            duration: Tokens.duration.fast
            properties: "x,y"
        }
    }
}
