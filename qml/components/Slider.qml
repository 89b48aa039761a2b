import QtQuick
import QtQuick.Templates as T
import Berth

// A number between two others, by drag, touch or keys. `says` is what it is, `told` how it stands, for who listens.
T.Slider {
    id: control

    required property string says
    property string told: ""
    readonly property string situation: (enabled ? "" : ":disabled") + (hovered && enabled ? ":hover" : "") + (pressed ? ":active" : "") + (visualFocus ? ":focus-visible" : "")

    function jump(place: real): void {
        if (place !== value) {
            value = place;
            moved();
        }
    }

    Accessible.role: Accessible.Slider
    Accessible.name: says
    Accessible.description: told
    focusPolicy: Qt.StrongFocus
    hoverEnabled: true
    implicitHeight: Math.max(Tokens.size.target, Tokens.size.control)
    implicitWidth: Tokens.size.panelItemWidth
    snapMode: T.Slider.SnapAlways

    Keys.onPressed: event => {
        event.accepted = true;
        if (event.key === Qt.Key_Home)
            jump(from);
        else if (event.key === Qt.Key_End)
            jump(to);
        else
            event.accepted = false;
    }

    background: Box {
        id: ground

        element: "progress"
        height: Tokens.size.progress
        whole: control
        width: control.availableWidth
        y: Math.round((control.height - height) / 2)

        Rectangle {
            readonly property real end: grip.x + grip.width / 2

            // What is filled begins where the numbers begin.
            color: ground.look.color
            height: parent.height
            radius: ground.topLeftRadius
            width: control.mirrored ? ground.width - end : end
            x: control.mirrored ? end : 0
        }
    }
    handle: Box {
        id: grip

        element: "button.primary" + control.situation
        height: Tokens.size.icon
        whole: control
        width: Tokens.size.icon
        x: Math.round(control.visualPosition * (control.availableWidth - width))
        y: Math.round((control.height - height) / 2)
    }
}
