pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The sections of how an app runs, as exclusive choices; each says how much is changed in it.
Flow {
    id: sections

    function takeKeys(): void {
        for (const choice of children)
            if ((choice as Choice)?.checked)
                choice.forceActiveFocus(Qt.TabFocusReason);
    }

    Accessible.role: Accessible.PageTabList
    Accessible.name: qsTr("Sections")
    spacing: Tokens.space.xs

    Repeater {
        model: Shell.runSettings.sections.length

        delegate: Choice {
            required property int index

            readonly property var section: Shell.runSettings.sections[index]

            objectName: "section-" + section.id
            autoExclusive: false
            checkable: false
            checked: Shell.runSettings.section === section.id
            text: section.changed > 0 ? qsTr("%1 (%2)").arg(section.name).arg(section.changed) : section.name

            Keys.onEnterPressed: click()
            Keys.onReturnPressed: click()
            onClicked: Shell.runSettings.showSection(section.id)
        }
    }
}
