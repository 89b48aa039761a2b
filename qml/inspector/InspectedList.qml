pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// The rules or values of the element. Up and down go through them, Return changes a declaration.
ListView {
    id: list

    property string editing: "" // the row of which the value is being changed

    function begin(row: string): void {
        if (Inspector.view === "rules")
            editing = Inspector.begin(row) ? row : "";
    }

    function finish(keep: bool): void {
        editing = "";
        Inspector.finish(keep);
        forceActiveFocus();
    }

    Accessible.role: Accessible.List
    Accessible.name: qsTr("Rules and values")
    activeFocusOnTab: true
    boundsBehavior: Flickable.StopAtBounds
    clip: true
    highlightMoveDuration: 0
    keyNavigationEnabled: editing === ""
    model: Inspector.rows

    Keys.onReturnPressed: {
        const chosen = currentItem as InspectedItem;
        if (chosen && editing === "")
            begin(chosen.row);
    }

    Connections {
        target: Inspector

        function onEditEnded(): void {
            list.editing = "";
        }

        function onPlaceChanged(): void {
            if (Inspector.picking)
                list.positionViewAtBeginning();
        }
    }

    T.ScrollBar.vertical: ScrollBar {}

    delegate: InspectedItem {
        required property int index

        current: ListView.isCurrentItem && list.activeFocus
        editing: list.editing === row
        width: list.width - Tokens.space.sm

        onClicked: {
            list.currentIndex = index;
            list.begin(row);
        }
        onFinished: keep => list.finish(keep)
    }
}
