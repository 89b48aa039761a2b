pragma ComponentBehavior: Bound

import QtQuick
import Berth

// The notices that are up, the newest at the bottom.
Column {
    id: notices

    spacing: Tokens.space.sm

    add: Transition {
        NumberAnimation {
            duration: Tokens.duration.normal
            from: 0
            property: "opacity"
            to: 1
        }
    }
    move: Transition {
        NumberAnimation {
            duration: Tokens.duration.normal
            easing.type: Easing.OutCubic
            properties: "y"
        }
    }

    Repeater {
        model: Shell.notices

        delegate: NoticeCard {
            width: notices.width
        }
    }
}
