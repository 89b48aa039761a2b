import QtQuick
import Berth

// The place of an app in the dock; while a hand moves the app, the app follows the hand and the place the order.
Item {
    id: slot

    required property int index
    required property string app
    required property string name
    required property string icon
    required property int windows
    required property bool focused
    required property bool urgent
    required property bool minimized
    required property string activity
    required property real progress
    property string edge: "bottom"
    property bool carried: false

    readonly property DockItem item: content
    readonly property bool upright: edge !== "bottom"

    signal activated
    signal menuWanted
    signal hoverChanged(hovered: bool)
    signal dragMoved(point: point)
    signal dragChanged(dragging: bool)

    height: Tokens.size.dockItem
    width: Tokens.size.dockItem
    z: carried ? 1 : 0

    // An app may end while a hand has it.
    Component.onDestruction: {
        if (carried)
            dragChanged(false);
    }

    DockItem {
        id: content

        activity: slot.activity
        app: slot.app
        dragged: slot.carried
        edge: slot.edge
        focusPolicy: slot.ListView.isCurrentItem || activeFocus ? Qt.TabFocus : Qt.NoFocus // the arrows go through the others
        focused: slot.focused
        height: slot.height
        minimized: slot.minimized
        name: slot.name
        picture: slot.icon
        progress: slot.progress
        urgent: slot.urgent
        width: slot.width
        windows: slot.windows
        x: slot.carried && !slot.upright ? drag.centroid.position.x - width / 2 : 0
        y: slot.carried && slot.upright ? drag.centroid.position.y - height / 2 : 0

        Keys.onEnterPressed: event => event.isAutoRepeat || click()
        Keys.onMenuPressed: menuWanted()
        Keys.onPressed: event => {
            event.accepted = event.key === Qt.Key_F10 && event.modifiers & Qt.ShiftModifier;
            if (event.accepted)
                menuWanted();
        }
        Keys.onReturnPressed: event => event.isAutoRepeat || click()
        onClicked: slot.activated()
        onHoveredChanged: slot.hoverChanged(hovered)
        onMenuWanted: slot.menuWanted()
    }

    // Through its windows, a notch each; where the dock scrolls, over apps that have none.
    WheelHandler {
        property real turned: 0

        acceptedDevices: PointerDevice.Mouse | PointerDevice.TouchPad
        enabled: slot.windows > 0

        onWheel: wheel => {
            turned += wheel.angleDelta.y;
            const steps = Math.trunc(turned / 120);
            turned -= steps * 120;
            if (steps !== 0)
                Dock.cycle(slot.app, -steps);
        }
    }

    DragHandler {
        id: drag

        target: null
        xAxis.enabled: !slot.upright
        yAxis.enabled: slot.upright

        onActiveChanged: slot.dragChanged(active)
        onCentroidChanged: {
            if (active)
                slot.dragMoved(centroid.position);
        }
    }
}
