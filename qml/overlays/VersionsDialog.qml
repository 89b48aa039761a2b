import QtQuick
import Berth

// The versions of an app, and its update.
CardDialog {
    id: dialog

    // What had the keyboard may be gone with what it was about; what that lay in has the keys then.
    readonly property Item holder: shown ? Window.activeFocusItem : null

    onHolderChanged: Qt.callLater(findKeys)

    function findKeys(): void {
        if (holder === dialog || holder === slot)
            (item as VersionsCard)?.takeKeys();
        else if (holder instanceof VersionEntry)
            (holder as VersionEntry).takeKeys();
    }

    cardWidth: Tokens.size.searchWidth
    open: Shell.versions.open

    onDismissed: Shell.versions.close()

    card: VersionsCard {}
}
