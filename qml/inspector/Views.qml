pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// What the card tells about the element.
Flow {
    Accessible.role: Accessible.PageTabList
    Accessible.name: qsTr("What to see")
    spacing: Tokens.space.xs

    Repeater {
        model: [
            {
                id: "rules",
                name: qsTr("Rules")
            },
            {
                id: "computed",
                name: qsTr("Computed")
            },
            {
                id: "custom",
                name: qsTr("Variables")
            },
            {
                id: "box",
                name: qsTr("Box")
            }
        ]

        delegate: Choice {
            required property var modelData

            Accessible.role: Accessible.PageTab
            autoExclusive: false
            checkable: false
            checked: Inspector.view === modelData.id
            objectName: "view-" + modelData.id
            text: modelData.name
            within: "inspector"

            onClicked: Inspector.view = modelData.id
        }
    }
}
