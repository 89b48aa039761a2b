pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../catalogue"
import "../components"

// The page of all apps. `here` on the output where it is asked for.
FocusScope {
    id: dialog

    property bool here: true

    readonly property bool open: Shell.catalogue.open
    readonly property bool fills: width < Tokens.size.launcherWidth

    function takeKeys(): void {
        forceActiveFocus();
        (loader.item as CatalogueCard)?.takeKeys();
    }

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Scrim {
        anchors.fill: parent
        visible: dialog.open

        onClicked: Shell.catalogue.close()
    }

    Loader {
        id: loader

        active: dialog.open && dialog.here
        anchors.centerIn: parent
        focus: active
        height: Math.min(dialog.fills ? dialog.height : Tokens.size.launcherHeight, dialog.height - 2 * Tokens.space.sm)
        width: Math.min(Tokens.size.launcherWidth + Tokens.size.menu, dialog.width - 2 * Tokens.space.sm)

        onLoaded: (item as CatalogueCard)?.takeKeys()

        sourceComponent: CatalogueCard {}
    }
}
