import QtQuick
import Berth
import "../components"
import "../inspector"
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
    readonly property real barHeight: primary ? panel.height : 0
    readonly property bool captured: Shell.launcherOpen || prompts.asking || Scene.menuOpen || dialogs.open || Inspector.keyed

    function toggleLauncher(): void {
        if (!prompts.asking)
            Shell.launcherOpen = !Shell.launcherOpen;
    }

    // The keyboard belongs to the topmost layer that is up.
    function focusTop(): void {
        if (prompts.asking)
            prompts.forceActiveFocus(Qt.TabFocusReason);
        else if (dialogs.front)
            dialogs.takeKeys();
        else if (Inspector.keyed && active)
            inspector.takeKeys();
        else if (menu.open)
            menu.forceActiveFocus();
        else if (outputMenu.open)
            outputMenu.forceActiveFocus();
        else if (Shell.launcherOpen)
            launcher.takeKeys();
        else
            behind.windows.forceActiveFocus();
    }

    function closeMenus(): void {
        menu.close();
        outputMenu.close();
    }

    function openOutputMenu(x: real, y: real): void {
        if (prompts.asking || Shell.launcherOpen)
            return;
        menu.close();
        outputMenu.openAt(x, y);
    }

    function menusChanged(): void {
        Scene.menuOpen = menu.open || outputMenu.open;
        focusTop();
    }

    function setUsableArea(): void {
        if (output && width > 0 && height > 0)
            output.setUsableArea(0, 0, Math.round(width), Math.round(height - barHeight));
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
    onBarHeightChanged: setUsableArea()
    onHeightChanged: setUsableArea()
    onWidthChanged: setUsableArea()

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
        }

        function onMenuRequested(output: string, window: int, x: real, y: real): void {
            if (output !== stage.output.name || prompts.asking || Shell.launcherOpen)
                return;
            outputMenu.close();
            menu.openFor(window, x, y);
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

    LauncherSheet {
        id: launcher

        objectName: "launcher"
        active: stage.active
        anchors.left: parent.left
        anchors.leftMargin: fills ? 0 : Tokens.space.sm
        edge: parent.height - stage.barHeight
        fills: stage.launcherFills
    }

    Panel {
        id: panel

        objectName: "panel"
        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        dated: stage.dated
        fingers: stage.fingers
        visible: stage.primary && (!stage.output.fullScreen || Shell.launcherOpen)
        worded: stage.worded

        onLauncherToggled: stage.toggleLauncher()
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
        anchors.bottom: stage.noticesOnTop ? undefined : panel.top
        anchors.margins: Tokens.space.md
        anchors.right: parent.right
        anchors.top: stage.noticesOnTop ? parent.top : undefined
        width: Math.min(Tokens.size.notice, parent.width - 2 * Tokens.space.md)
    }

    SheetErrors {
        objectName: "sheetErrors"
        anchors.bottom: stage.noticesOnTop ? panel.top : undefined
        anchors.left: parent.left
        anchors.margins: Tokens.space.md
        anchors.top: stage.noticesOnTop ? undefined : parent.top
        here: stage.active && !Inspector.open
        room: panel.y - 2 * Tokens.space.md
        width: Math.min(Tokens.size.prompt, parent.width - 2 * Tokens.space.md)
    }

    WindowMenu {
        id: menu

        anchors.fill: parent
        loose: !stage.fingers

        onOpenChanged: stage.menusChanged()
    }

    OutputMenu {
        id: outputMenu

        anchors.fill: parent
        output: stage.output

        onOpenChanged: stage.menusChanged()
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

        floor: panel.visible ? panel.y : parent.height
        here: stage.active
        narrow: stage.formFactor === "phone"
        stage: stage

        onKeysChanged: stage.focusTop()
    }

    DragArea {
        output: stage.output
    }

    Dialogs {
        id: dialogs

        anchors.fill: parent
        here: stage.active

        onFrontChanged: stage.focusTop()
    }

    PromptLayer {
        id: prompts

        objectName: "prompts"
        anchors.fill: parent
        here: stage.active

        onAskingChanged: {
            stage.closeMenus();
            stage.focusTop();
        }
    }
}
