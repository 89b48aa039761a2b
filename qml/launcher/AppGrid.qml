pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// The apps found, as tiles; the current one is launched by Enter.
GridView {
    id: grid

    readonly property int columns: Math.max(1, Math.floor(width / Tokens.size.tileWidth))

    signal launched(string app)
    signal menuWanted(AppTile tile, Item item, real x, real y)

    component Cell: Item {
        id: cell

        required property int index
        required property string app
        required property string name
        required property string summary
        required property string icon
        required property list<string> chips
        required property string imageState
        required property string activity
        required property real progress
        required property string progressText
        required property bool stopped

        readonly property AppTile tile: content

        height: grid.cellHeight
        width: grid.cellWidth

        AppTile {
            id: content

            activity: cell.activity
            anchors.fill: parent
            anchors.margins: Tokens.space.xs
            app: cell.app
            chips: cell.chips
            current: cell.GridView.isCurrentItem
            imageState: cell.imageState
            index: cell.index
            name: cell.name
            picture: cell.icon
            progress: cell.progress
            progressText: cell.progressText
            stopped: cell.stopped
            summary: cell.summary

            onCancelled: Shell.cancelBuild(cell.app)
            onClicked: grid.launched(cell.app)
            onMenuWanted: (item, x, y) => {
                grid.currentIndex = cell.index;
                grid.menuWanted(content, item, x, y);
            }
        }
    }

    function launchCurrent(): void {
        forceLayout();
        const cell = currentItem as Cell;
        if (cell)
            launched(cell.app);
    }

    function openMenuOfCurrent(): void {
        forceLayout();
        const cell = currentItem as Cell;
        if (cell)
            menuWanted(cell.tile, cell, cell.width / 2, cell.height / 2);
    }

    Accessible.role: Accessible.List
    Accessible.name: qsTr("Apps")
    activeFocusOnTab: true
    boundsBehavior: Flickable.StopAtBounds
    cellHeight: Tokens.size.tileHeight
    cellWidth: Math.floor(width / columns)
    clip: true
    currentIndex: 0
    highlightFollowsCurrentItem: false
    keyNavigationEnabled: true
    model: Shell.results

    Keys.onEnterPressed: launchCurrent()
    Keys.onReturnPressed: launchCurrent()
    onCountChanged: currentIndex = count > 0 ? Math.max(currentIndex, 0) : -1

    delegate: Cell {}

    T.ScrollBar.vertical: ScrollBar {}
}
