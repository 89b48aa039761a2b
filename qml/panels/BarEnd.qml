pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// What a bar has at its end, whichever is there: what goes on, who watches the screen, the time.
GridLayout {
    id: end

    property bool worded: true
    property bool dated: true
    property bool fingers: false
    property bool upright: false

    columnSpacing: Tokens.space.sm
    flow: upright ? GridLayout.TopToBottom : GridLayout.LeftToRight
    rowSpacing: Tokens.space.sm
    rows: upright ? -1 : 1

    IconButton {
        Layout.alignment: Qt.AlignCenter
        objectName: "switcherButton"
        side: Tokens.size.panelItem
        symbol: "windows"
        text: qsTr("Choose a window")
        visible: end.fingers && Scene.windows.count > 0

        onClicked: Scene.openSwitcher()
    }

    IconButton {
        Layout.alignment: Qt.AlignCenter
        objectName: "keyboardButton"
        side: Tokens.size.panelItem
        symbol: ScreenKeyboard.shown ? "keyboardHide" : "keyboard"
        text: ScreenKeyboard.shown ? qsTr("Hide the keyboard") : qsTr("Show the keyboard")
        visible: ScreenKeyboard.offered

        onClicked: ScreenKeyboard.toggle()
    }

    Repeater {
        model: Shell.progress

        delegate: ProgressItem {
            Layout.alignment: Qt.AlignCenter
            worded: end.worded
        }
    }

    Repeater {
        model: Shell.watchers

        delegate: WatcherSign {
            Layout.alignment: Qt.AlignCenter
            worded: end.worded
        }
    }

    Clock {
        Layout.alignment: Qt.AlignCenter
        dated: end.dated
    }
}
