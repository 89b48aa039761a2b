pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// Adjusts the theme in use, at the edge, so that the rest of the desktop shows what changes. `here` on the output
// where it is done.
FocusScope {
    id: dialog

    property bool here: true

    readonly property bool open: Themes.adjusting.open
    readonly property bool narrow: width < 2 * Tokens.size.prompt

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Scrim {
        anchors.fill: parent
        element: "scrim.clear"
        visible: dialog.open

        onClicked: Themes.adjusting.close()
    }

    Loader {
        active: dialog.open && dialog.here
        anchors.bottom: dialog.narrow ? parent.bottom : undefined
        anchors.horizontalCenter: dialog.narrow ? parent.horizontalCenter : undefined
        anchors.margins: Tokens.space.md
        anchors.right: dialog.narrow ? undefined : parent.right
        anchors.verticalCenter: dialog.narrow ? undefined : parent.verticalCenter
        focus: active
        height: Math.min(implicitHeight, (dialog.narrow ? dialog.height * 2 / 3 : dialog.height) - 2 * Tokens.space.md)
        width: Math.min(Tokens.size.prompt, dialog.width - 2 * Tokens.space.md)

        sourceComponent: AdjustCard {}
    }
}
