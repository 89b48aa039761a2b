pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The lines of an app's menu in the dock: its windows first.
MenuCard {
    id: card

    required property string app
    required property real room // for all of it

    readonly property var facts: Dock.factsOf(app)
    readonly property bool known: facts.known ?? false
    readonly property var profiles: Shell.profilesOf(app).slice(0, 5)
    readonly property int mostWindows: Math.max(1, Math.min(10, Math.floor(room / Tokens.size.control) - 7 - profiles.length))

    signal choiceWanted

    // What asks or shows more comes after the menu has gone.
    function then(action: var): void {
        const app = card.app;
        card.done();
        action(app);
    }

    Accessible.name: qsTr("Menu of %1").arg(facts.name ?? "")
    objectName: "dockMenu"

    Repeater {
        model: Dock.windowsOf(card.app).slice(0, card.mostWindows)

        delegate: MenuEntry {
            required property var modelData

            Accessible.checkable: true
            Accessible.checked: modelData.focused
            symbol: modelData.focused ? "check" : "windows"
            text: modelData.title
            width: parent?.width ?? 0

            onClicked: {
                const window = modelData.window;
                card.then(() => Scene.focusWindow(window));
            }
        }
    }

    MenuEntry {
        symbol: "plus"
        text: card.facts.running ? qsTr("Open once more") : qsTr("Open")
        visible: card.known
        width: parent.width

        onClicked: card.then(app => Dock.startAnother(app))
    }

    Repeater {
        model: card.profiles

        delegate: MenuEntry {
            required property string modelData

            symbol: "plus"
            text: qsTr("Open “%1”").arg(modelData)
            width: parent?.width ?? 0

            onClicked: {
                const profile = modelData;
                card.then(app => Shell.launch(app, profile));
            }
        }
    }

    MenuEntry {
        symbol: card.facts.pinned ? "unpin" : "pin"
        text: card.facts.pinned ? qsTr("Take out of the dock") : qsTr("Keep in the dock")
        visible: card.known
        width: parent.width

        onClicked: card.then(app => Dock.isPinned(app) ? Dock.unpin(app) : Dock.pin(app))
    }

    MenuEntry {
        symbol: "info"
        text: qsTr("What it is…")
        visible: card.known
        width: parent.width

        onClicked: card.then(app => Shell.about.ask(app))
    }

    MenuEntry {
        symbol: "restore"
        text: qsTr("Versions…")
        visible: card.known && card.facts.made
        width: parent.width

        onClicked: card.then(app => Shell.versions.ask(app))
    }

    MenuEntry {
        symbol: "panel"
        text: qsTr("The dock…")
        width: parent.width

        onClicked: card.choiceWanted()
    }

    MenuEntry {
        symbol: "close"
        text: qsTr("Close all of its windows")
        visible: card.facts.running ?? false
        width: parent.width

        onClicked: card.then(app => Dock.closeAll(app))
    }
}
