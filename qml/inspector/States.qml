pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The states that the element can have; each can be switched, to see how it looks in it.
Flow {
    id: flow

    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("States")
    spacing: Tokens.space.xs
    visible: Inspector.states.length > 0

    Repeater {
        model: Inspector.states

        delegate: Choice {
            required property var modelData

            Accessible.role: Accessible.CheckBox
            Accessible.checked: checked
            Accessible.name: modelData.forced ? qsTr("State %1, forced").arg(modelData.name) : qsTr("State %1").arg(modelData.name)
            autoExclusive: false
            checkable: false
            checked: modelData.on
            horizontalPadding: Tokens.space.sm
            implicitHeight: Tokens.size.iconLarge
            objectName: "state-" + modelData.name
            text: modelData.forced ? qsTr(":%1 *").arg(modelData.name) : qsTr(":%1").arg(modelData.name)
            within: "inspector"

            onClicked: Inspector.toggleState(modelData.name)
        }
    }
}
