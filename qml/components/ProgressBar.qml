import QtQuick
import QtQuick.Templates as T
import Berth

// Progress from 0 to 1; below 0 it is unknown and a piece of the bar wanders.
T.ProgressBar {
    id: control

    required property real fraction
    property string within: "" // the element that this is inside of, for the theme

    Accessible.role: Accessible.ProgressBar
    Accessible.name: qsTr("Progress")
    implicitHeight: Tokens.size.progress
    indeterminate: fraction < 0
    value: Math.max(fraction, 0)

    background: Box {
        id: ground

        element: control.within + " progress"
        whole: control
    }
    contentItem: Item {
        clip: true

        Rectangle {
            id: piece

            readonly property real share: control.indeterminate ? 0.3 : control.position
            property real wander: 0

            color: ground.look.color
            height: parent.height
            radius: ground.topLeftRadius
            width: parent.width * share
            x: (parent.width - width) * (control.indeterminate ? wander : control.mirrored ? 1 : 0)

            SequentialAnimation on wander {
                loops: Animation.Infinite
                running: control.indeterminate && control.visible && Tokens.duration.spin > 0

                NumberAnimation {
                    duration: Tokens.duration.spin
                    easing.type: Easing.InOutQuad
                    to: 1
                }
                NumberAnimation {
                    duration: Tokens.duration.spin
                    easing.type: Easing.InOutQuad
                    to: 0
                }
            }
        }
    }
}
