pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// Whether there is a dock, where, and whether there is a panel beside it; Dock keeps what is chosen.
MenuCard {
    id: card

    component Head: Label {
        height: implicitHeight + 2 * Tokens.space.xs
        kind: "caption"
        leftPadding: Tokens.space.md
        muted: true
        verticalAlignment: Text.AlignVCenter
        width: parent.width
        within: "menu"
    }

    component Word: MenuEntry {
        required property string setting
        required property string word
        required property string now

        readonly property bool chosen: word === now

        Accessible.role: Accessible.RadioButton
        Accessible.description: setting === "shown" ? shown.text : setting === "edge" ? edge.text : panel.text
        Accessible.checkable: true
        Accessible.checked: chosen
        symbol: chosen ? "check" : ""
        width: parent.width

        onClicked: Dock.choose(setting, word)
    }

    Accessible.name: qsTr("The dock")
    objectName: "dockChoices"

    Head {
        id: shown

        text: qsTr("Dock")
    }

    Word {
        now: Dock.chosenShown
        setting: "shown"
        text: qsTr("As the theme has it")
        word: ""
    }

    Word {
        now: Dock.chosenShown
        setting: "shown"
        text: qsTr("Always")
        word: "always"
    }

    Word {
        now: Dock.chosenShown
        setting: "shown"
        text: qsTr("Hides from windows")
        word: "auto-hide"
    }

    Word {
        now: Dock.chosenShown
        setting: "shown"
        text: qsTr("Never")
        word: "never"
    }

    Head {
        id: edge

        text: qsTr("Edge")
    }

    Word {
        now: Dock.chosenEdge
        setting: "edge"
        text: qsTr("As the theme has it")
        word: ""
    }

    Word {
        now: Dock.chosenEdge
        setting: "edge"
        text: qsTr("Bottom")
        word: "bottom"
    }

    Word {
        now: Dock.chosenEdge
        setting: "edge"
        text: qsTr("Left")
        word: "left"
    }

    Word {
        now: Dock.chosenEdge
        setting: "edge"
        text: qsTr("Right")
        word: "right"
    }

    Head {
        id: panel

        text: qsTr("Panel beside a dock")
    }

    Word {
        now: Dock.chosenPanel
        setting: "panel"
        text: qsTr("As the theme has it")
        word: ""
    }

    Word {
        now: Dock.chosenPanel
        setting: "panel"
        text: qsTr("Always")
        word: "always"
    }

    Word {
        now: Dock.chosenPanel
        setting: "panel"
        text: qsTr("Never")
        word: "never"
    }
}
