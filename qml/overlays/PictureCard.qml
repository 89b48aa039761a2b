pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// One picture of an app at a time, with what it shows; arrows and swipes go to the others.
Card {
    id: card

    readonly property var catalogue: Shell.catalogue
    readonly property bool several: pictures.count > 1

    function go(step: int): void {
        const last = pictures.count - 1;
        catalogue.enlarge(Math.max(0, Math.min(last, catalogue.enlarged + step)));
    }

    objectName: "pictureCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: catalogue.name
    Accessible.description: caption.text
    implicitHeight: column.implicitHeight + 2 * Tokens.space.md
    implicitWidth: Tokens.size.launcherWidth

    Component.onCompleted: pictures.forceActiveFocus(Qt.TabFocusReason)
    Keys.onBackPressed: catalogue.enlarge(-1)
    Keys.onEscapePressed: catalogue.enlarge(-1)
    Keys.onLeftPressed: go(LayoutMirroring.enabled ? 1 : -1)
    Keys.onRightPressed: go(LayoutMirroring.enabled ? -1 : 1)

    ColumnLayout {
        id: column

        anchors.fill: parent
        anchors.margins: Tokens.space.md
        spacing: Tokens.space.sm

        CardHeader {
            Layout.fillWidth: true
            leaveName: "closePicture"
            text: card.catalogue.name

            onLeaving: card.catalogue.enlarge(-1)
        }

        ListView {
            id: pictures

            objectName: "largePictures"
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Pictures of the app")
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredHeight: card.catalogue.tallest
            boundsBehavior: Flickable.StopAtBounds
            cacheBuffer: 0
            clip: true
            currentIndex: card.catalogue.enlarged
            highlightMoveDuration: Tokens.duration.normal
            highlightRangeMode: ListView.StrictlyEnforceRange
            interactive: card.several
            keyNavigationEnabled: false
            model: card.catalogue.pictures
            orientation: ListView.Horizontal
            snapMode: ListView.SnapOneItem

            onMovementEnded: card.catalogue.enlarge(currentIndex)

            Component.onCompleted: positionViewAtIndex(card.catalogue.enlarged, ListView.Beginning)

            delegate: Item {
                id: one

                required property string caption
                required property int naturalHeight
                required property int naturalWidth
                required property url source

                height: pictures.height
                width: pictures.width

                Image {
                    Accessible.role: Accessible.Graphic
                    Accessible.name: one.caption
                    anchors.centerIn: parent
                    asynchronous: true
                    cache: false
                    fillMode: Image.PreserveAspectFit
                    height: Math.min(parent.height, one.naturalHeight)
                    mipmap: true
                    source: one.source
                    width: Math.min(parent.width, one.naturalWidth)
                }
            }
        }

        RowLayout {
            spacing: Tokens.space.sm

            IconButton {
                objectName: "previousPicture"
                enabled: pictures.currentIndex > 0
                rotation: LayoutMirroring.enabled ? 180 : 0
                symbol: "back"
                text: qsTr("Previous picture")
                visible: card.several

                onClicked: card.go(-1)
            }

            Label {
                id: caption

                Layout.fillWidth: true
                horizontalAlignment: Text.AlignHCenter
                maximumLineCount: 3
                text: card.catalogue.caption
                wrapMode: Text.Wrap
            }

            IconButton {
                objectName: "nextPicture"
                enabled: pictures.currentIndex < pictures.count - 1
                rotation: LayoutMirroring.enabled ? 0 : 180
                symbol: "back"
                text: qsTr("Next picture")
                visible: card.several

                onClicked: card.go(1)
            }
        }
    }
}
