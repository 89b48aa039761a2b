pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// A card in front of the desktop, in its middle or, where it is narrow, at its lower edge. The keyboard goes round in
// it, whatever its first and last controls are. `here` on the output where it is asked.
FocusScope {
    id: dialog

    required property bool open
    required property Component card
    property bool here: true
    property real cardWidth: Tokens.size.prompt
    property real cardHeight: -1 // negative: as high as what is in it
    property real gap: Tokens.space.md // to the edges of the screen
    property bool low: cardHeight < 0 && width < cardWidth + 2 * Tokens.space.xl

    readonly property bool shown: open && here
    readonly property alias item: loader.item
    readonly property Item slot: loader // has the keys when nothing in the card has them

    signal dismissed // by a press beside it

    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Scrim {
        anchors.fill: parent
        visible: dialog.open

        onClicked: dialog.dismissed()
    }

    Item {
        id: start

        Accessible.ignored: true
        activeFocusOnTab: dialog.shown

        onActiveFocusChanged: {
            if (activeFocus)
                end.nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason);
        }
    }

    Loader {
        id: loader

        active: dialog.shown
        anchors.bottom: dialog.low ? parent.bottom : undefined
        anchors.bottomMargin: dialog.gap
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.verticalCenter: dialog.low ? undefined : parent.verticalCenter
        focus: active
        height: Math.min(dialog.cardHeight < 0 ? implicitHeight : dialog.cardHeight, dialog.height - 2 * dialog.gap)
        sourceComponent: dialog.card
        width: Math.min(dialog.cardWidth, dialog.width - 2 * dialog.gap)
    }

    Item {
        id: end

        Accessible.ignored: true
        activeFocusOnTab: dialog.shown

        onActiveFocusChanged: {
            if (activeFocus)
                start.nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason);
        }
    }
}
