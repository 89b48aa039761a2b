pragma ComponentBehavior: Bound

import QtQuick
import Berth

// All windows, each in its frame. The stacking is a property of each frame, so no frame is ever made anew.
FocusScope {
    id: area

    required property Output output

    readonly property int border: Tokens.stroke.hairline

    function setFrameInsets(): void {
        Scene.setFrameInsets(border, Tokens.size.titleBar + border, border, border);
    }

    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("Windows")

    Component.onCompleted: setFrameInsets()

    Connections {
        target: Tokens

        function onChanged(): void {
            area.setFrameInsets();
        }
    }

    // Has the focus of Qt Quick while apps have the keyboard; a focus scope alone would hand it on.
    Item {
        id: apps

        focus: true
    }

    SnapPreview {
        place: area.output.snapPreview
        z: frames.count - 1
    }

    Repeater {
        id: frames

        model: area.output.windows

        delegate: WindowFrame {
            output: area.output.name
            pixelScale: area.output.scale

            onAnswered: apps.focus = true
        }
    }
}
