pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// The apps found, a line or two each; the current one is chosen by Enter.
GridView {
    id: grid

    readonly property int columns: Math.max(1, Math.floor(width / (2 * Tokens.size.tileWidth)))

    signal chosen(string app)
    signal upwards

    component Cell: Item {
        id: cell

        required property int index
        required property string app
        required property string name
        required property string summary
        required property string icon
        required property string size
        required property string imageState
        required property string activity
        required property real progress
        required property string progressText
        required property bool stopped

        height: grid.cellHeight
        width: grid.cellWidth

        AppEntry {
            activity: cell.activity
            anchors.fill: parent
            anchors.margins: Tokens.space.xxs
            app: cell.app
            current: cell.GridView.isCurrentItem && grid.activeFocus
            imageState: cell.imageState
            name: cell.name
            picture: cell.icon
            progress: cell.progress
            progressText: cell.progressText
            size: cell.size
            stopped: cell.stopped
            summary: cell.summary

            onClicked: {
                grid.currentIndex = cell.index;
                grid.chosen(cell.app);
            }
        }
    }

    function begin(): void {
        if (count > 0)
            currentIndex = Math.max(currentIndex, 0);
        forceActiveFocus(Qt.TabFocusReason);
    }

    // Not while the model changes.
    function showCurrent(): void {
        if (currentIndex >= 0 && currentIndex < count)
            positionViewAtIndex(currentIndex, GridView.Contain);
    }

    function goTo(app: string): bool {
        forceLayout();
        for (let index = 0; index < count; ++index) {
            if (Shell.catalogue.results.data(Shell.catalogue.results.index(index, 0), Qt.UserRole + 1) !== app)
                continue;
            currentIndex = index;
            begin();
            return true;
        }
        return false;
    }

    function chooseCurrent(): void {
        forceLayout();
        const cell = currentItem as Cell;
        if (cell)
            chosen(cell.app);
    }

    Accessible.role: Accessible.List
    Accessible.name: qsTr("Apps")
    activeFocusOnTab: true
    boundsBehavior: Flickable.StopAtBounds
    cacheBuffer: 0 // what is made ahead of time complains when a search takes it away
    cellHeight: Tokens.size.tileIcon + 2 * Tokens.space.md
    cellWidth: Math.floor(width / columns)
    clip: true
    currentIndex: 0
    highlightFollowsCurrentItem: false
    keyNavigationEnabled: true
    model: Shell.catalogue.results

    Keys.onEnterPressed: chooseCurrent()
    Keys.onReturnPressed: chooseCurrent()
    Keys.onUpPressed: {
        if (currentIndex < columns)
            upwards();
        else
            moveCurrentIndexUp();
    }
    onCountChanged: currentIndex = count > 0 ? Math.max(Math.min(currentIndex, count - 1), 0) : -1
    onCurrentIndexChanged: Qt.callLater(showCurrent)

    delegate: Cell {}

    T.ScrollBar.vertical: ScrollBar {}
}
