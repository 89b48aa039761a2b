import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Search, categories and apps. Typing searches wherever the focus is.
FocusScope {
    id: launcher

    // Room for all apps in up to three rows; the same while a search shows fewer.
    readonly property int rows: Math.min(3, Math.max(2, Math.ceil(Shell.apps.count / grid.columns)))
    readonly property real wantedHeight: search.implicitHeight + (Shell.categories.length > 1 ? categories.implicitHeight + column.spacing : 0) + column.spacing + rows * Tokens.size.tileHeight

    readonly property bool named: Shell.namesImage(search.text) && grid.count === 0 // an image of a registry

    signal closed

    function reset(): void {
        Shell.query = "";
        Shell.category = "";
        search.clear();
        grid.currentIndex = 0;
        grid.positionViewAtBeginning();
        menu.close();
        search.focus = true;
    }

    function launch(app: string, profile: string): void {
        Shell.launch(app, profile);
        closed();
    }

    function step(event: KeyEvent): void {
        const sideways = search.length === 0;
        if (event.key === Qt.Key_Down)
            grid.moveCurrentIndexDown();
        else if (event.key === Qt.Key_Up)
            grid.moveCurrentIndexUp();
        else if (event.key === Qt.Key_Right && sideways)
            grid.moveCurrentIndexRight();
        else if (event.key === Qt.Key_Left && sideways)
            grid.moveCurrentIndexLeft();
        else
            event.accepted = false;
    }

    function typeAhead(event: KeyEvent): void {
        // Escape and the like have a text as well.
        event.accepted = event.text > " " && event.text !== "\x7f" && !(event.modifiers & (Qt.ControlModifier | Qt.AltModifier | Qt.MetaModifier));
        if (!event.accepted)
            return;
        search.forceActiveFocus();
        search.insert(search.length, event.text);
        Shell.query = search.text;
        grid.currentIndex = 0;
    }

    Accessible.role: Accessible.Pane
    Accessible.name: qsTr("Apps")

    Keys.onEscapePressed: closed()
    Keys.onMenuPressed: grid.openMenuOfCurrent()
    Keys.onPressed: event => {
        if (event.key === Qt.Key_F10 && event.modifiers === Qt.ShiftModifier)
            grid.openMenuOfCurrent();
        else
            event.accepted = false;
    }

    ColumnLayout {
        id: column

        anchors.fill: parent
        spacing: Tokens.space.md

        RowLayout {
            Layout.alignment: Qt.AlignHCenter
            Layout.fillWidth: true
            Layout.maximumWidth: Tokens.size.searchWidth
            spacing: Tokens.space.xs

            TextField {
                id: search

                objectName: "search"
                EnterKey.type: Qt.EnterKeySearch
                Layout.fillWidth: true
                focus: true
                placeholderText: qsTr("Search apps")
                symbol: "search"
                Keys.onPressed: event => launcher.step(event)
                onAccepted: launcher.named ? Shell.reviewImage(text) : grid.launchCurrent()
                onTextEdited: {
                    Shell.query = text;
                    grid.currentIndex = 0;
                }
            }

            IconButton {
                objectName: "openCatalogue"
                symbol: "catalogue"
                text: qsTr("Catalogue")

                onClicked: Shell.showCatalogue()
            }

            // Where windows fill the screen, the menu of the background cannot be reached by a finger.
            IconButton {
                objectName: "lockButton"
                symbol: "lock"
                text: qsTr("Lock the screen")

                onClicked: {
                    launcher.closed();
                    Lock.lock();
                }
            }

            IconButton {
                objectName: "powerButton"
                symbol: "power"
                text: qsTr("Log out or power off")

                onClicked: {
                    launcher.closed();
                    Power.show();
                }
            }
        }

        Categories {
            id: categories

            Layout.fillWidth: true
            visible: Shell.categories.length > 1 && search.length === 0
        }

        AppGrid {
            id: grid

            objectName: "grid"
            Layout.fillHeight: true
            Layout.fillWidth: true

            Keys.onPressed: event => launcher.typeAhead(event)
            onLaunched: app => launcher.launch(app, "")
            onMenuWanted: (tile, item, x, y) => menu.openFor(tile, item, x, y)

            Label {
                anchors.centerIn: parent
                horizontalAlignment: Text.AlignHCenter
                muted: true
                text: search.length > 0 ? qsTr("No app matches “%1”.").arg(search.text) : qsTr("There are no apps yet.")
                visible: grid.count === 0 && !launcher.named
                width: parent.width
                wrapMode: Text.Wrap
            }

            Button {
                objectName: "runImage"
                anchors.centerIn: parent
                highlighted: true
                text: qsTr("Run this image…")
                visible: launcher.named

                onClicked: Shell.reviewImage(search.text)
            }
        }
    }

    AppMenu {
        id: menu

        anchors.fill: parent

        onLaunched: (app, profile) => launcher.launch(app, profile)
        onOpenChanged: {
            if (open)
                forceActiveFocus();
            else
                search.forceActiveFocus();
        }
    }
}
