import QtQuick
import Berth
import "../components"

// The launcher on its ground, which comes up from the panel or fills the screen.
Card {
    id: sheet

    required property bool fills
    required property bool active // where the user works
    required property real edge // where the panel begins

    readonly property bool shown: Shell.launcherOpen && active

    function reset(): void {
        launcher.reset();
    }

    function takeKeys(): void {
        launcher.forceActiveFocus();
    }

    element: fills ? "launcher.full" : "launcher"
    height: fills ? edge : Math.min(Tokens.size.launcherHeight, launcher.wantedHeight + 2 * Tokens.space.lg, edge - 2 * Tokens.space.sm)
    opacity: shown ? 1 : 0
    visible: shown || opacity > 0 // from the beginning: in what cannot be seen Tab finds nothing
    width: fills ? parent.width : Math.min(Tokens.size.launcherWidth, parent.width - 2 * Tokens.space.sm)
    y: edge - height - (fills ? 0 : Tokens.space.sm) + (1 - opacity) * Tokens.space.xl

    Behavior on opacity {
        NumberAnimation {
            duration: Tokens.duration.fast
            easing.type: Easing.OutCubic
        }
    }

    Launcher {
        id: launcher

        anchors.fill: parent
        anchors.margins: Tokens.space.lg
        enabled: Shell.launcherOpen

        onClosed: Shell.launcherOpen = false
    }
}
