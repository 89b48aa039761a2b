pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// One key. Fingers are the area's business; this shows what they do, and speaks.
Item {
    id: face

    required property var key
    required property bool down
    required property int level
    required property bool preview // enlarged above the finger while it is down
    required property string grip // "once" or "locked" for a modifier key that is on
    readonly property string name: key.key
    readonly property bool isKey: true
    readonly property string label: key.labels.length > 0 ? key.labels[Math.min(level, key.labels.length - 1)] : ""
    readonly property string element: "keyboard key" + (key.kind === "" ? "" : "." + key.kind) + (down ? ":active" : grip === "locked" ? ":locked" : grip !== "" ? ":checked" : "")
    readonly property var look: ground.look
    readonly property real enlarged: 1.5

    Accessible.role: Accessible.Button
    Accessible.name: key.name !== "" ? key.name : label
    Accessible.checkable: key.kind === "modifier"
    Accessible.checked: grip !== ""
    Accessible.onPressAction: ScreenKeyboard.tap(name)

    Box {
        id: ground

        anchors.fill: parent
        anchors.margins: Tokens.space.xxs
        element: face.element
        whole: face
    }

    Label {
        anchors.fill: parent
        anchors.margins: Tokens.space.xs
        Accessible.ignored: true
        fontSizeMode: Text.HorizontalFit
        horizontalAlignment: Text.AlignHCenter
        look: face.look
        minimumPixelSize: Math.min(Tokens.font.caption, font.pixelSize)
        text: face.label
        verticalAlignment: Text.AlignVCenter
        visible: face.key.symbol === ""
    }

    Symbol {
        anchors.centerIn: parent
        color: face.look.color
        height: Tokens.size.icon
        name: face.key.symbol === "shift" && face.grip === "locked" ? "shiftLock" : face.key.symbol
        stroke: Tokens.stroke.icon
        visible: face.key.symbol !== ""
        width: height
    }

    // A finger hides what it presses.
    Loader {
        active: face.down && face.preview && face.key.more
        anchors.bottom: parent.top
        anchors.horizontalCenter: parent.horizontalCenter
        height: parent.height
        width: parent.width + 2 * Tokens.space.xs

        sourceComponent: Box {
            element: "keyboard variants"

            Label {
                anchors.centerIn: parent
                Accessible.ignored: true
                font.pixelSize: Math.round(look.fontSize * face.enlarged)
                look: Styles.of("keyboard key.variant")
                text: face.label
            }
        }
    }
}
