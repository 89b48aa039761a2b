pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Pinned and running apps at an edge of the screen. What is beside them is there only without a panel.
FocusScope {
    id: bar

    property string edge: "bottom"
    property bool fills: false
    property bool fingers: false
    property bool dated: false
    property real room: 0 // along the edge
    property bool keyed: false
    property real slid: 0 // how far it is out of its place
    property Item bounds: null // for names

    readonly property bool upright: edge !== "bottom"
    readonly property real side: Tokens.size.dockItem
    readonly property real step: side + Tokens.space.xs
    readonly property real length: fills ? room : Math.min(room, row.wanted + 2 * inset)
    readonly property real inset: (Tokens.size.dock - side) / 2
    readonly property bool dragging: list.dragged !== ""
    readonly property bool hovered: hover.hovered
    readonly property DockItem pointed: {
        const slot = list.hoveredSlot ?? (keyed ? list.currentItem as DockSlot : null);
        return slot && !dragging && slid === 0 ? slot.item : null;
    }

    signal launcherToggled
    signal menuWanted(app: string, item: Item)

    function takeKeys(): void {
        keyed = true;
        list.forceLayout();
        list.currentIndex = Math.max(0, Math.min(list.currentIndex, list.count - 1));
        focusCurrent();
    }

    function focusCurrent(): void {
        const slot = list.currentItem as DockSlot;
        const first = slot ? slot.item : launcherButton.visible ? launcherButton : bar;
        first.forceActiveFocus(Qt.TabFocusReason);
    }

    function leave(): void {
        keyed = false;
    }

    function go(steps: int): void {
        if (list.count > 0) {
            list.currentIndex = Math.max(0, Math.min(list.currentIndex + steps, list.count - 1));
            focusCurrent();
        }
    }

    // Moves the app that the keyboard is on.
    function carry(steps: int): void {
        const slot = list.currentItem as DockSlot;
        if (slot) {
            Dock.moveBy(slot.app, steps);
            list.forceLayout();
            slot.item.forceActiveFocus(Qt.TabFocusReason);
        }
    }

    function press(slot: DockSlot): void {
        leave();
        if (!Dock.activate(slot.app))
            menuWanted(slot.app, slot);
    }

    Accessible.role: Accessible.ToolBar
    Accessible.name: qsTr("Dock")
    implicitHeight: upright ? length : Tokens.size.dock
    implicitWidth: upright ? Tokens.size.dock : length

    Keys.onEscapePressed: leave()
    Keys.onPressed: event => {
        const reading = upright ? 0 : LayoutMirroring.enabled ? -1 : 1;
        const steps = event.key === Qt.Key_Right ? reading : event.key === Qt.Key_Left ? -reading : upright && event.key === Qt.Key_Down ? 1 : upright && event.key === Qt.Key_Up ? -1 : 0;
        if (steps !== 0 && event.modifiers & Qt.ControlModifier)
            carry(steps);
        else if (steps !== 0)
            go(steps);
        else if (event.key === Qt.Key_Home)
            go(-list.count);
        else if (event.key === Qt.Key_End)
            go(list.count);
        event.accepted = keyed;
    }
    // Nobody would find out who has the keys.
    onVisibleChanged: {
        if (!visible)
            leave();
    }

    Box {
        anchors.fill: parent
        element: "dock." + bar.edge + (bar.fills ? ".attached" : "")

        MouseArea {
            acceptedButtons: Qt.AllButtons
            anchors.fill: parent
            hoverEnabled: true

            onClicked: mouse => {
                if (mouse.button === Qt.RightButton)
                    bar.menuWanted("", bar);
            }
            onWheel: wheel => wheel.accepted = true
        }
    }

    HoverHandler {
        id: hover
    }

    // Tab goes round in it.
    Item {
        id: start

        Accessible.ignored: true
        activeFocusOnTab: bar.keyed

        onActiveFocusChanged: {
            if (activeFocus)
                end.nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason);
        }
    }

    GridLayout {
        id: row

        readonly property real wanted: bar.upright ? implicitHeight : implicitWidth

        anchors.bottomMargin: bar.upright ? bar.inset : 0
        anchors.fill: parent
        anchors.leftMargin: bar.upright ? 0 : bar.inset
        anchors.rightMargin: bar.upright ? 0 : bar.inset
        anchors.topMargin: bar.upright ? bar.inset : 0
        columnSpacing: Tokens.space.sm
        flow: bar.upright ? GridLayout.TopToBottom : GridLayout.LeftToRight
        rowSpacing: Tokens.space.sm
        rows: bar.upright ? -1 : 1

        LauncherButton {
            id: launcherButton

            Layout.alignment: Qt.AlignCenter
            objectName: "dockLauncher"
            visible: !Dock.panelShown

            onClicked: bar.launcherToggled()
        }

        DockList {
            id: list

            readonly property real wanted: Math.max(0, count * bar.step - spacing)

            Layout.alignment: Qt.AlignCenter
            Layout.fillHeight: bar.upright
            Layout.fillWidth: !bar.upright
            Layout.maximumHeight: bar.upright ? wanted : bar.side
            Layout.maximumWidth: bar.upright ? bar.side : wanted
            Layout.preferredHeight: bar.upright ? wanted : bar.side
            Layout.preferredWidth: bar.upright ? bar.side : wanted
            edge: bar.edge

            onMenuWanted: slot => bar.menuWanted(slot.app, slot)
            onPressed: slot => bar.press(slot)
        }

        Loader {
            Layout.alignment: Qt.AlignCenter
            Layout.bottomMargin: bar.upright ? Tokens.space.xs : 0
            Layout.rightMargin: bar.upright ? 0 : Tokens.space.sm
            active: !Dock.panelShown
            visible: active

            sourceComponent: BarEnd {
                dated: bar.dated && !bar.upright
                fingers: bar.fingers
                upright: bar.upright
                worded: false
            }
        }
    }

    Item {
        id: end

        Accessible.ignored: true
        activeFocusOnTab: bar.keyed

        onActiveFocusChanged: {
            if (activeFocus)
                start.nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason);
        }
    }

    DockTip {
        bounds: bar.bounds
        edge: bar.edge
        item: bar.pointed
        objectName: "dockTip"
        parent: bar.bounds
    }
}
