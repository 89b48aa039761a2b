pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// Adds a theme once the user has seen what it is. `here` on the output where it is asked.
FocusScope {
    id: dialog

    property bool here: true

    readonly property bool open: Themes.adding.open
    readonly property bool narrow: width < Tokens.size.prompt + 2 * Tokens.space.xl

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Scrim {
        anchors.fill: parent
        visible: dialog.open
    }

    Loader {
        active: dialog.open && dialog.here
        anchors.bottom: dialog.narrow ? parent.bottom : undefined
        anchors.bottomMargin: Tokens.space.md
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.verticalCenter: dialog.narrow ? undefined : parent.verticalCenter
        focus: active
        height: Math.min(implicitHeight, dialog.height - 2 * Tokens.space.md)
        width: Math.min(Tokens.size.prompt, dialog.width - 2 * Tokens.space.md)

        sourceComponent: AddThemeCard {}
    }
}
