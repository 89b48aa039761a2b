import QtQuick
import Berth

// Changes how an app runs.
CardDialog {
    id: dialog

    // What had the keyboard may be gone with what it was about; what that lay in has the keys then.
    readonly property Item holder: shown ? Window.activeFocusItem : null

    onHolderChanged: Qt.callLater(findKeys)

    function findKeys(): void {
        if (holder === dialog || holder === slot)
            (item as RunCard)?.takeKeys();
        else if (holder instanceof RunEntry)
            holder.nextItemInFocusChain(true)?.forceActiveFocus(Qt.TabFocusReason);
    }

    cardHeight: width < Tokens.size.launcherWidth ? height : Tokens.size.launcherHeight
    cardWidth: Tokens.size.launcherWidth
    gap: Tokens.space.sm
    open: Shell.runSettings.open

    card: RunCard {}
}
