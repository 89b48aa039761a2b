pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// Shows an image of a registry before it is fetched. `here` on the output where it is asked.
FocusScope {
    id: dialog

    property bool here: true

    readonly property bool open: Shell.review.open
    readonly property bool narrow: width < Tokens.size.prompt + 2 * Tokens.space.xl

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Scrim {
        anchors.fill: parent
        visible: dialog.open

        onClicked: Shell.review.close()
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

        sourceComponent: ReviewCard {}
    }
}
