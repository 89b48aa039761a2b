pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The groups of apps, as a row of exclusive choices.
ListView {
    id: categories

    implicitHeight: Tokens.size.control
    activeFocusOnTab: false
    boundsBehavior: Flickable.StopAtBounds
    clip: true
    model: [
        {
            id: "",
            name: qsTr("All")
        }
    ].concat(Shell.categories)
    orientation: ListView.Horizontal
    spacing: Tokens.space.xs

    delegate: Choice {
        required property var modelData

        autoExclusive: false
        checkable: false
        checked: Shell.category === modelData.id
        text: modelData.name

        onClicked: Shell.category = modelData.id
    }
}
