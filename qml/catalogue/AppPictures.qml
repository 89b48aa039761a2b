pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// What the app looks like, in a row; only what is in sight is read. Each is shown large by a press or by Enter.
ListView {
    id: row

    signal chosen(int number)

    function takeKeys(): void {
        forceActiveFocus(Qt.TabFocusReason);
        currentItem?.forceActiveFocus(Qt.TabFocusReason);
    }

    Accessible.role: Accessible.List
    Accessible.name: qsTr("Pictures of the app")
    activeFocusOnTab: count > 0
    boundsBehavior: Flickable.StopAtBounds
    cacheBuffer: 0
    clip: contentWidth > width
    implicitHeight: Tokens.size.tileHeight
    interactive: contentWidth > width
    keyNavigationEnabled: true
    model: Shell.catalogue.pictures
    orientation: ListView.Horizontal
    spacing: Tokens.space.sm
    visible: count > 0

    onActiveFocusChanged: {
        if (activeFocus)
            currentItem?.forceActiveFocus(Qt.TabFocusReason);
    }
    onCurrentItemChanged: {
        if (activeFocus)
            currentItem?.forceActiveFocus(Qt.TabFocusReason);
    }

    delegate: Thumbnail {
        id: one

        required property int number
        required property string caption
        required property int naturalHeight
        required property int naturalWidth

        objectName: "picture-" + number
        height: row.height
        text: caption
        width: Math.min(row.width, Math.round(height * naturalWidth / naturalHeight))

        onClicked: {
            row.currentIndex = number;
            row.chosen(number);
        }
    }
}
