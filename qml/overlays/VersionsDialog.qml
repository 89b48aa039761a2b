pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The versions of an app, and its update. `here` on the output where it is asked.
FocusScope {
    id: dialog

    property bool here: true

    readonly property bool open: Shell.versions.open
    readonly property bool narrow: width < Tokens.size.searchWidth + 2 * Tokens.space.xl

    // What had the keyboard may be gone with what it was about.
    readonly property Item holder: open && here ? Window.activeFocusItem : null

    onHolderChanged: Qt.callLater(findKeys)

    function findKeys(): void {
        if (holder === dialog || holder === loader)
            (loader.item as VersionsCard)?.takeKeys();
        else if (holder instanceof VersionEntry)
            (holder as VersionEntry).takeKeys();
    }

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Scrim {
        anchors.fill: parent
        visible: dialog.open

        onClicked: Shell.versions.close()
    }

    Loader {
        id: loader

        active: dialog.open && dialog.here
        anchors.bottom: dialog.narrow ? parent.bottom : undefined
        anchors.bottomMargin: Tokens.space.md
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.verticalCenter: dialog.narrow ? undefined : parent.verticalCenter
        focus: active
        height: Math.min(implicitHeight, dialog.height - 2 * Tokens.space.md)
        width: Math.min(Tokens.size.searchWidth, dialog.width - 2 * Tokens.space.md)

        sourceComponent: VersionsCard {}
    }
}
