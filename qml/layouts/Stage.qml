import QtQuick
import Berth
import "../components"
import "../inspector"
import "../keyboard"
import "../launcher"
import "../overlays"
import "../panels"
import "../prompts"

// What every form factor has, in the order nothing may break: wallpaper, windows (below and above them what
// apps with the permission put on the desktop), panel, launcher, notices, and the prompts above all.
// A layout says how the parts are placed.
FocusScope {
    id: stage

    required property Output output
    required property string formFactor
    property bool worded: true
    property bool dated: true
    property bool launcherFills: false
    property bool noticesOnTop: false
    property bool fingers: false // windows fill the screen and are chosen by touch
    property bool listedWindows: false
    readonly property Item backdrop: behind

    // The panel, and what reports by itself, are on the primary output; what the user is asked or asks for
    // comes where the user works.
    readonly property bool primary: output.primary
    readonly property bool active: output.active
    readonly property rect room: Qt.rect(bars.leftRoom, 0, width - bars.leftRoom - bars.rightRoom, height - bars.bottomRoom - keyboard.tall) // for windows
    readonly property bool asked: prompts.asking || dialogs.open
    readonly property bool captured: Shell.launcherOpen || Scene.menuOpen || asked || Inspector.keyed || bars.keyed

    function toggleLauncher(): void {
        if (!prompts.asking)
            Shell.launcherOpen = !Shell.launcherOpen;
    }

    // The keyboard belongs to the topmost layer that is up, while any of them can be seen.
    function focusTop(): void {
        if (Lock.locked)
            return;
        if (prompts.asking)
            prompts.forceActiveFocus(Qt.TabFocusReason);
        else if (dialogs.front)
            dialogs.takeKeys();
        else if (Inspector.keyed && active)
            inspector.takeKeys();
        else if (menus.open)
            menus.takeKeys();
        else if (Shell.launcherOpen)
            launcher.takeKeys();
        else if (bars.keyed)
            bars.takeDockKeys();
        else
            behind.windows.forceActiveFocus();
    }

    function closeMenus(): void {
        menus.close();
    }

    function openOutputMenu(x: real, y: real): void {
        if (!prompts.asking && !Shell.launcherOpen)
            menus.openForOutput(x, y);
    }

    function setUsableArea(): void {
        if (output && width > 0 && height > 0)
            output.setUsableArea(Math.round(room.x), 0, Math.round(room.width), Math.round(room.height));
    }

    LayoutMirroring.childrenInherit: true
    LayoutMirroring.enabled: Application.layoutDirection === Qt.RightToLeft
    focus: true

    Component.onCompleted: {
        Tokens.formFactor = formFactor;
        Scene.attachDesktop(output.name, stage);
        setUsableArea();
        focusTop();
    }
    Component.onDestruction: {
        if (output)
            Scene.detachDesktop(output.name, stage);
    }
    onRoomChanged: setUsableArea()

    Binding {
        property: "keyboardCaptured"
        target: Scene
        when: stage.primary
        value: stage.captured
    }

    Connections {
        target: Scene

        function onShortcutActivated(name: string): void {
            if (name === "launcher" && stage.active)
                stage.toggleLauncher();
            else if (name === "inspect" && stage.active && !prompts.asking)
                Inspector.toggle();
            else if (name === "output-menu" && stage.active)
                stage.openOutputMenu(stage.width / 2, stage.height / 2);
            else if (stage.primary && (stage.active || name !== "dock"))
                bars.shortcut(name);
        }

        function onMenuRequested(output: string, window: int, x: real, y: real): void {
            if (output === stage.output.name && !prompts.asking && !Shell.launcherOpen)
                menus.openForWindow(window, x, y);
        }
    }

    Connections {
        target: Shell

        function onLauncherOpenChanged(): void {
            stage.closeMenus();
            if (Shell.launcherOpen)
                launcher.reset();
            stage.focusTop();
        }
    }

    Behind {
        id: behind

        anchors.fill: parent
        output: stage.output

        onPressedForMenu: (x, y) => stage.openOutputMenu(x, y)
    }

    Scrim {
        anchors.fill: parent
        element: "scrim.clear"
        visible: Shell.launcherOpen

        onClicked: Shell.launcherOpen = false
    }

    Item {
        height: parent.height
        width: stage.room.width
        x: stage.room.x

        LauncherSheet {
            id: launcher

            objectName: "launcher"
            active: stage.active
            edge: stage.room.height
            fills: stage.launcherFills
            x: fills ? 0 : bars.launcherPlace(width, parent.width)
        }
    }

    Bars {
        id: bars

        active: stage.active
        anchors.fill: parent
        dated: stage.dated
        fingers: stage.fingers
        here: stage.primary
        menuOpen: menus.docked
        output: stage.output
        worded: stage.worded

        onKeyedChanged: stage.focusTop()
        onLauncherToggled: stage.toggleLauncher()
        onMenuWanted: (app, item, edge) => {
            if (!prompts.asking)
                menus.openForDock(app, item, edge);
        }
    }

    EngineBanner {
        objectName: "banner"
        here: stage.primary
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.top: parent.top
        anchors.topMargin: Tokens.space.lg
    }

    Notices {
        objectName: "notices"
        visible: stage.primary
        anchors.margins: Tokens.space.md
        anchors.right: parent.right
        anchors.rightMargin: Tokens.space.md + (LayoutMirroring.enabled ? bars.leftRoom : bars.rightRoom)
        width: Math.min(Tokens.size.notice, parent.width - 2 * Tokens.space.md)
        y: stage.noticesOnTop ? Tokens.space.md : keyboard.upper - height - Tokens.space.md
    }

    SheetErrors {
        objectName: "sheetErrors"
        anchors.left: parent.left
        anchors.margins: Tokens.space.md
        here: stage.active && !Inspector.open
        room: keyboard.upper - 2 * Tokens.space.md
        width: Math.min(Tokens.size.prompt, parent.width - 2 * Tokens.space.md)
        y: stage.noticesOnTop ? keyboard.upper - height - Tokens.space.md : Tokens.space.md
    }

    Menus {
        id: menus

        anchors.bottomMargin: keyboard.covered
        anchors.fill: parent
        loose: !stage.fingers
        output: stage.output

        onOpenChanged: {
            Scene.menuOpen = open;
            stage.focusTop();
        }
    }

    Switcher {
        anchors.fill: parent
        active: stage.active
        listed: stage.listedWindows
    }

    HandHint {
        objectName: "handHint"
        active: stage.active
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.top: parent.top
        anchors.topMargin: Tokens.space.lg
    }

    InspectorLayer {
        id: inspector

        asked: stage.asked
        floor: keyboard.upper
        here: stage.active
        narrow: stage.formFactor === "phone"

        onKeysChanged: stage.focusTop()
    }

    DragArea {
        output: stage.output
    }

    Dialogs {
        id: dialogs

        anchors.bottomMargin: keyboard.covered
        anchors.fill: parent
        here: stage.active

        onFrontChanged: stage.focusTop()
    }

    // Below all that asks the user something.
    OsdSign {
        objectName: "osd"
        active: stage.active && !Lock.locked
        anchors.bottom: stage.fingers ? undefined : parent.bottom
        anchors.bottomMargin: bars.bottomRoom + 2 * Tokens.space.xl
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.top: stage.fingers ? parent.top : undefined
        anchors.topMargin: Tokens.space.xl
        width: Math.min(implicitWidth, parent.width - 2 * Tokens.space.md)
    }

    PromptLayer {
        id: prompts

        objectName: "prompts"
        anchors.bottomMargin: keyboard.covered
        anchors.fill: parent
        here: stage.active

        onAskingChanged: {
            stage.closeMenus();
            stage.focusTop();
        }
    }

    KeyboardLayer {
        id: keyboard

        backdrop: behind
        floor: bars.floor
        here: stage.active && !Lock.locked
        output: stage.output
        parent: stage.parent
        pointed: Inspector.picking && !stage.asked
        shade: prompts.asking ? "prompt scrim" : dialogs.open ? "scrim" : ""
    }
}
