pragma ComponentBehavior: Bound

import QtQuick
import Berth

// The running windows; items share the room there is and lose their words when it gets tight.
ListView {
    id: tasks

    property bool worded: true

    // Not the view's own count: that changes while it lays its items out, whose width follows this.
    readonly property int windows: Scene.windows.count
    readonly property real share: windows > 0 ? (width - (windows - 1) * spacing) / windows : 0
    readonly property real smallest: Math.max(Tokens.size.panelItem, Tokens.size.target)
    readonly property bool roomForWords: worded && share >= Tokens.size.panelItemWidth / 2

    Accessible.role: Accessible.ToolBar
    Accessible.name: qsTr("Running apps")
    boundsBehavior: Flickable.StopAtBounds
    clip: true
    implicitHeight: Tokens.size.panelItem
    interactive: contentWidth > width
    model: Scene.windows
    orientation: ListView.Horizontal
    spacing: Tokens.space.xs

    delegate: Item {
        id: slot

        required property int window
        required property string app
        required property string appName
        required property string icon
        required property string picture
        required property string title
        required property bool focused
        required property bool minimized
        required property bool urgent

        height: tasks.height
        width: tasks.roomForWords ? Math.min(tasks.share, Tokens.size.panelItemWidth) : tasks.smallest

        TaskItem {
            anchors.fill: parent
            app: slot.app
            appName: slot.appName
            focused: slot.focused
            minimized: slot.minimized
            picture: slot.picture !== "" ? slot.picture : slot.icon
            title: slot.title
            urgent: slot.urgent
            window: slot.window
            worded: tasks.roomForWords
        }
    }
}
