import QtQuick
import QtQuick.Templates as T
import Berth

// A thin scroll bar that shows only where there is something to scroll.
T.ScrollBar {
    id: control

    implicitWidth: Tokens.space.sm
    padding: Tokens.space.xxs
    visible: size < 1

    contentItem: Rectangle {
        color: control.pressed || control.hovered ? Tokens.color.borderStrong : Tokens.color.border
        radius: width / 2
    }
}
