import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// One window in the switcher: a picture of it, its icon and title.
T.AbstractButton {
    id: item

    required property int window
    required property string app
    required property string appName
    required property string image
    required property string title
    required property bool minimized
    required property bool urgent
    property bool listed: false

    readonly property bool chosen: Scene.chosenWindow === window

    Accessible.role: Accessible.ListItem
    Accessible.name: title === appName ? title : qsTr("%1, window of %2").arg(title).arg(appName)
    Accessible.description: minimized ? qsTr("Minimised") : urgent ? qsTr("Wants attention") : ""
    Accessible.selectable: true
    Accessible.selected: chosen
    hoverEnabled: true
    padding: Tokens.space.sm

    onClicked: Scene.chooseWindow(window)

    background: Item {
        Rectangle {
            anchors.fill: parent
            anchors.margins: Tokens.space.xxs
            border.color: Tokens.color.focus
            border.width: item.chosen ? Tokens.stroke.focus : 0
            color: item.chosen ? Tokens.color.selected : item.hovered ? Tokens.color.hover : "transparent"
            radius: Tokens.radius.md
        }
    }
    contentItem: Item {
        Rectangle {
            id: frame

            anchors.bottom: words.top
            anchors.bottomMargin: Tokens.space.sm
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.top: parent.top
            color: Tokens.color.surfaceSunken
            opacity: item.minimized ? Tokens.opacity.muted : 1
            radius: Tokens.radius.sm
            visible: !item.listed

            Image {
                anchors.fill: parent
                anchors.margins: Tokens.space.xxs
                cache: false // it shows the window as it is now
                fillMode: Image.Pad
                source: width > 0 && height > 0 ? `image://windows/${item.window}` : ""
                sourceSize: Qt.size(Math.round(width), Math.round(height))
            }
        }

        Item {
            id: words

            anchors.bottom: item.listed ? undefined : parent.bottom
            anchors.left: parent.left
            anchors.right: parent.right
            anchors.verticalCenter: item.listed ? parent.verticalCenter : undefined
            height: Math.max(mark.height, title.implicitHeight)

            AppIcon {
                id: mark

                anchors.left: parent.left
                anchors.verticalCenter: parent.verticalCenter
                app: item.app
                height: Tokens.size.appIcon
                name: item.appName
                source: item.image
                width: Tokens.size.appIcon
            }

            Label {
                id: title

                anchors.left: mark.right
                anchors.leftMargin: Tokens.space.sm
                anchors.right: dot.left
                anchors.rightMargin: Tokens.space.xs
                anchors.verticalCenter: parent.verticalCenter
                font.weight: item.chosen ? Tokens.font.medium : Tokens.font.regular
                text: item.title !== "" ? item.title : item.appName
            }

            Rectangle {
                id: dot

                anchors.right: parent.right
                anchors.verticalCenter: parent.verticalCenter
                color: Tokens.color.warning
                height: Tokens.space.sm
                radius: height / 2
                visible: item.urgent
                width: height
            }
        }
    }
}
