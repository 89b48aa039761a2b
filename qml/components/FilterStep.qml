pragma ComponentBehavior: Bound

import QtQuick

// The first of `steps` on the picture `source`, and the others on what comes out. A step is sixteen numbers (other
// colours), one (a blur) or nineteen (a shadow: where, how blurred, and the colours that make one of a picture).
Item {
    id: root

    required property var source
    required property var steps
    readonly property var step: steps[0] ?? []
    readonly property real pixels: Screen.devicePixelRatio

    function matrixOf(numbers: var): matrix4x4 {
        return Qt.matrix4x4(...numbers);
    }

    Item {
        id: first

        anchors.fill: parent
        layer.enabled: rest.steps.length > 0
        visible: !layer.enabled

        Loader {
            active: root.step.length === 19
            anchors.fill: parent

            sourceComponent: Item {
                Recolor {
                    id: dark

                    change: root.matrixOf(root.step.slice(3))
                    layer.enabled: true
                    visible: false
                }

                Blur {
                    blur: root.step[2]
                    source: dark
                    x: root.step[0]
                    y: root.step[1]
                }

                Recolor {
                    change: Qt.matrix4x4()
                }
            }
        }

        Loader {
            active: root.step.length === 16
            anchors.fill: parent

            sourceComponent: Recolor {
                change: root.matrixOf(root.step)
            }
        }

        Loader {
            active: root.step.length === 1
            anchors.fill: parent

            sourceComponent: Blur {
                blur: root.step[0]
                source: root.source
            }
        }
    }

    Loader {
        id: rest

        readonly property var steps: root.steps.slice(1)

        anchors.fill: parent

        Component.onCompleted: stepsChanged()
        onStepsChanged: {
            if (steps.length > 0)
                setSource("FilterStep.qml", {
                    source: first,
                    steps: steps
                });
            else
                setSource("");
        }
    }

    component Recolor: ShaderEffect {
        property matrix4x4 change
        property var source: root.source

        fragmentShader: "shaders/recolor.frag.qsb"
        height: root.height
        width: root.width
    }

    component Blur: Item {
        id: blurred

        required property real blur
        required property var source

        height: root.height
        width: root.width

        Way {
            id: across

            along: Qt.vector2d(1 / Math.max(1, root.width * root.pixels), 0)
            blur: blurred.blur
            layer.enabled: true
            source: blurred.source
            visible: false
        }

        Way {
            along: Qt.vector2d(0, 1 / Math.max(1, root.height * root.pixels))
            blur: blurred.blur
            source: across
        }
    }

    component Way: ShaderEffect {
        required property vector2d along
        required property real blur
        required property var source
        readonly property real deviation: Math.max(blur * root.pixels, 0.01)

        anchors.fill: parent
        fragmentShader: "shaders/blur.frag.qsb"
    }
}
