pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// What can be done with an app of the launcher, by pointer, finger or keyboard.
FocusScope {
    id: menu

    property string app: ""
    property string name
    property string imageState
    property string activity
    property point place

    readonly property bool open: app !== ""

    signal launched(string app, string profile)

    // At `place` in coordinates of `item`.
    function openFor(tile: AppTile, item: Item, x: real, y: real): void {
        place = menu.mapFromItem(item, x, y);
        name = tile.name;
        imageState = tile.imageState;
        activity = tile.activity;
        app = tile.app;
    }

    function close(): void {
        app = "";
    }

    Keys.onEscapePressed: close()
    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Scrim {
        anchors.fill: parent
        element: "scrim.clear"
        visible: menu.open

        onClicked: menu.close()
    }

    Loader {
        active: menu.open
        focus: active
        x: Math.round(Math.max(0, Math.min(LayoutMirroring.enabled ? menu.place.x - width : menu.place.x, menu.width - width)))
        y: Math.round(Math.max(0, Math.min(menu.place.y, menu.height - height)))

        onLoaded: (item as MenuCard)?.focusFirst()

        sourceComponent: MenuCard {
            id: card

            readonly property string app: menu.app

            Accessible.name: qsTr("Menu of %1").arg(menu.name)
            objectName: "appMenu"

            onDone: menu.close()

            MenuEntry {
                keys: qsTr("Enter")
                symbol: "plus"
                text: menu.activity === "running" ? qsTr("Open once more") : qsTr("Open")
                width: parent.width

                onClicked: {
                    const app = card.app;
                    card.done();
                    menu.launched(app, "");
                }
            }

            Repeater {
                model: Shell.profilesOf(card.app).slice(0, 5)

                delegate: MenuEntry {
                    required property string modelData

                    symbol: "plus"
                    text: qsTr("Open “%1”").arg(modelData)
                    width: parent?.width ?? 0

                    onClicked: {
                        const app = card.app;
                        card.done();
                        menu.launched(app, modelData);
                    }
                }
            }

            MenuEntry {
                readonly property bool pinned: Dock.isPinned(card.app)

                symbol: pinned ? "unpin" : "pin"
                text: pinned ? qsTr("Take out of the dock") : qsTr("Keep in the dock")
                width: parent.width

                onClicked: {
                    const app = card.app;
                    card.done();
                    if (pinned)
                        Dock.unpin(app);
                    else
                        Dock.pin(app);
                }
            }

            MenuEntry {
                symbol: "sliders"
                text: qsTr("How it runs…")
                width: parent.width

                onClicked: {
                    const app = card.app;
                    card.done();
                    Shell.runSettings.ask(app, "");
                }
            }

            MenuEntry {
                symbol: "info"
                text: qsTr("What it is…")
                width: parent.width

                onClicked: {
                    const app = card.app;
                    card.done();
                    Shell.about.ask(app);
                }
            }

            MenuEntry {
                symbol: "windows"
                text: qsTr("Versions…")
                visible: menu.imageState !== "missing"
                width: parent.width

                onClicked: {
                    const app = card.app;
                    card.done();
                    Shell.versions.ask(app);
                }
            }

            MenuEntry {
                symbol: "eye"
                text: qsTr("See inside…")
                visible: menu.activity === "running"
                width: parent.width

                onClicked: {
                    const app = card.app;
                    card.done();
                    Shell.inside.ask(app);
                }
            }

            MenuEntry {
                symbol: "close"
                text: qsTr("Close all of its windows")
                visible: menu.activity === "running"
                width: parent.width

                onClicked: {
                    const app = card.app;
                    card.done();
                    Shell.stopApp(app);
                }
            }

            MenuEntry {
                destructive: true
                symbol: "remove"
                text: qsTr("Remove…")
                width: parent.width

                onClicked: {
                    const app = card.app;
                    card.done();
                    Shell.removal.ask(app);
                }
            }
        }
    }
}
