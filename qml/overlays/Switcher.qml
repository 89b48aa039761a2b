pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The windows to choose from while Alt+Tab is under way, or after a finger has asked for them.
FocusScope {
    id: switcher

    required property bool active // where the user works
    property bool listed: false // one below the other, where there is no room beside each other

    readonly property bool choosing: active && Scene.choices.count > 0
    readonly property real cell: listed ? width - 2 * margin : Tokens.size.switcherItem
    readonly property real margin: Tokens.space.lg
    readonly property int columns: listed ? 1 : Math.max(1, Math.min(Scene.choices.count, Math.floor((width - 4 * margin) / cell)))
    property bool shown: false

    Accessible.role: Accessible.List
    Accessible.name: qsTr("Windows")
    Accessible.ignored: !shown

    onChoosingChanged: {
        if (choosing)
            wait.restart();
        else
            shown = false;
    }

    // Whoever lets go at once knows where to go.
    Timer {
        id: wait

        interval: Tokens.duration.fast

        onTriggered: switcher.shown = switcher.choosing
    }

    Scrim {
        anchors.fill: parent
        visible: switcher.shown

        onClicked: Scene.cancelSwitcher()
    }

    Card {
        anchors.centerIn: parent
        height: Math.min(grid.height + 2 * Tokens.space.sm, parent.height - 2 * switcher.margin)
        objectName: "switcher"
        visible: switcher.shown
        width: switcher.columns * switcher.cell + 2 * Tokens.space.sm

        Flickable {
            id: view

            function reveal(item: Item): void {
                contentY = Math.max(item.y + item.height - height, Math.min(contentY, item.y));
            }

            anchors.fill: parent
            anchors.margins: Tokens.space.sm
            boundsBehavior: Flickable.StopAtBounds
            clip: true
            contentHeight: grid.height
            interactive: contentHeight > height

            Grid {
                id: grid

                columns: switcher.columns
                width: view.width

                Repeater {
                    model: switcher.shown ? Scene.choices : null

                    delegate: Item {
                        id: slot

                        required property int window
                        required property string app
                        required property string appName
                        required property string icon
                        required property string picture
                        required property string title
                        required property bool minimized
                        required property bool urgent

                        height: switcher.listed ? Tokens.size.switcherRow : Tokens.size.switcherItem
                        width: switcher.cell

                        SwitcherItem {
                            anchors.fill: parent
                            app: slot.app
                            appName: slot.appName
                            image: slot.picture !== "" ? slot.picture : slot.icon
                            listed: switcher.listed
                            minimized: slot.minimized
                            title: slot.title
                            urgent: slot.urgent
                            window: slot.window

                            onChosenChanged: {
                                if (chosen)
                                    view.reveal(slot);
                            }
                        }
                    }
                }
            }
        }
    }
}
