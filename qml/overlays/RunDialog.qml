pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// Changes how an app runs. `here` on the output where it is done.
FocusScope {
    id: dialog

    property bool here: true

    readonly property bool open: Shell.runSettings.open

    // What had the keyboard may be gone with what it was about; what that lay in has the keys then.
    readonly property Item holder: open && here ? Window.activeFocusItem : null

    onHolderChanged: Qt.callLater(findKeys)

    function findKeys(): void {
        if (holder === dialog || holder === loader)
            (loader.item as RunCard)?.takeKeys();
        else if (holder instanceof RunEntry)
            holder.nextItemInFocusChain(true)?.forceActiveFocus(Qt.TabFocusReason);
    }

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Scrim {
        anchors.fill: parent
        visible: dialog.open
    }

    Loader {
        id: loader

        active: dialog.open && dialog.here
        anchors.centerIn: parent
        focus: active
        height: Math.min(dialog.width < Tokens.size.launcherWidth ? dialog.height : Tokens.size.launcherHeight, dialog.height - 2 * Tokens.space.sm)
        width: Math.min(Tokens.size.launcherWidth, dialog.width - 2 * Tokens.space.sm)

        sourceComponent: RunCard {}
    }
}
