pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// Panel and dock, as the theme or the user wants them, and how much of the screen they keep.
FocusScope {
    id: bars

    required property Output output
    required property bool active // where the user works
    required property bool here // on the primary output
    property bool worded: true
    property bool dated: true
    property bool fingers: false
    property bool menuOpen: false // of the dock

    readonly property real bottomRoom: lower + (docked && edge === "bottom" ? dockRoom : 0)
    readonly property real leftRoom: docked && edge === "left" ? dockRoom : 0
    readonly property real rightRoom: docked && edge === "right" ? dockRoom : 0
    readonly property real floor: height - (up ? bottomRoom : 0) // what is at the lower edge stands on it
    readonly property bool keyed: dock.keyed

    readonly property bool up: here && (!output.fullScreen || Shell.launcherOpen)
    readonly property real lower: here && Dock.panelShown ? panel.height : 0
    readonly property bool phone: Tokens.formFactor === "phone"
    readonly property string edge: phone ? "bottom" : Dock.edge
    readonly property bool fills: phone || Dock.fills
    readonly property real gap: fills ? 0 : Tokens.size.dockGap
    readonly property real dockRoom: Tokens.size.dock + gap
    readonly property bool docked: here && Dock.shown && !Dock.hides
    readonly property rect dockPlace: {
        const along = edge === "bottom" ? dock.width : dock.height;
        const free = (edge === "bottom" ? width : height - lower) - along;
        if (edge === "bottom")
            return Qt.rect(Math.round(free / 2), height - lower - gap - dock.height, dock.width, dock.height);
        return Qt.rect(edge === "left" ? gap : width - gap - dock.width, Math.round(free / 2), dock.width, dock.height);
    }
    readonly property bool wanted: dock.keyed || dock.hovered || dock.dragging || menuOpen || Shell.launcherOpen || (Shell.watchers.count > 0 && !Dock.panelShown)
    readonly property bool away: Dock.hides && covered && !revealed && !wanted
    property bool covered: false
    property bool revealed: false

    signal launcherToggled
    signal menuWanted(app: string, item: Item, edge: string)

    function takeDockKeys(): void {
        dock.takeKeys();
    }

    // Above its button: from the left, in what bars leave.
    function launcherPlace(wide: real, room: real): real {
        const begin = Tokens.space.sm, end = room - wide - begin;
        if (Dock.panelShown)
            return LayoutMirroring.enabled ? end : begin;
        return edge === "bottom" && !fills ? Math.round((room - wide) / 2) : (edge === "right") !== (edge === "bottom" && LayoutMirroring.enabled) ? end : begin;
    }

    function shortcut(name: string): void {
        if (name === "dock" && !Dock.shown)
            Dock.tellMissing();
        else if (name === "dock" && up)
            dock.takeKeys();
        else if (name.startsWith("dock-"))
            Dock.activateAt(parseInt(name.slice(5)) - 1);
    }

    function look(): void {
        covered = Dock.hides && Dock.covered(output ? output.name : "", dockPlace);
    }

    onActiveChanged: {
        if (!active)
            dock.leave();
    }
    onDockPlaceChanged: look()

    Connections {
        target: Dock

        function onChanged(): void {
            bars.look();
        }

        function onWindowsChanged(): void {
            bars.look();
        }
    }

    Connections {
        target: Shell

        function onLauncherOpenChanged(): void {
            if (Shell.launcherOpen)
                dock.leave();
        }
    }

    // A press beside the dock ends what the keys do there.
    Scrim {
        anchors.fill: parent
        element: "scrim.clear"
        visible: dock.keyed

        onClicked: dock.leave()
    }

    Panel {
        id: panel

        objectName: "panel"
        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        dated: bars.dated
        fingers: bars.fingers
        visible: bars.up && Dock.panelShown
        worded: bars.worded

        onLauncherToggled: bars.launcherToggled()
    }

    // Where a hidden dock comes from.
    Item {
        id: strip

        height: bars.edge === "bottom" ? Tokens.size.resizeHandle : bars.height - bars.lower
        visible: bars.up && Dock.shown && Dock.hides
        width: bars.edge === "bottom" ? bars.width : Tokens.size.resizeHandle
        x: bars.edge === "right" ? bars.width - width : 0
        y: bars.edge === "bottom" ? bars.height - bars.lower - height : 0

        HoverHandler {
            onHoveredChanged: {
                if (hovered)
                    bars.revealed = true;
            }
        }

        DragHandler {
            acceptedDevices: PointerDevice.TouchScreen
            target: null

            onActiveChanged: {
                if (active)
                    bars.revealed = true;
            }
        }
    }

    Timer {
        interval: Tokens.duration.osd
        running: bars.revealed && !bars.wanted

        onTriggered: bars.revealed = false
    }

    DockBar {
        id: dock

        bounds: bars
        dated: bars.dated
        edge: bars.edge
        fills: bars.fills
        fingers: bars.fingers
        height: implicitHeight
        objectName: "dock"
        slid: bars.away ? bars.dockRoom : 0
        room: (bars.edge === "bottom" ? bars.width : bars.height - bars.lower) - 2 * bars.gap
        visible: bars.up && Dock.shown && (!bars.away || slid < bars.dockRoom)
        width: implicitWidth
        x: bars.dockPlace.x + (bars.edge === "left" ? -slid : bars.edge === "right" ? slid : 0)
        y: bars.dockPlace.y + (bars.edge === "bottom" ? slid : 0)

        Behavior on slid {
            NumberAnimation {
                duration: Tokens.duration.normal
                easing.type: Easing.OutCubic
            }
        }

        onLauncherToggled: bars.launcherToggled()
        onMenuWanted: (app, item) => bars.menuWanted(app, item, bars.edge)
    }
}
