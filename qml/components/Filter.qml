pragma ComponentBehavior: Bound

import QtQuick

// An element and all that is in it, drawn through the steps of its `filter`. It needs graphics hardware.
Item {
    id: filter

    required property Box box
    readonly property bool on: box.extras.includes("f") && !box.unfiltered
    readonly property Item whole: box.whole
    readonly property real around: box.look.filter[0] ?? 0 // pixels beyond its edges

    Component {
        id: drawn

        Item {
            id: layer

            property var source // set by the layer

            FilterStep {
                anchors.fill: parent
                anchors.margins: -filter.around
                source: layer.source
                steps: filter.box.look.filter.slice(1)
            }
        }
    }

    Binding {
        property: "layer.effect"
        target: filter.whole
        value: drawn
    }

    Binding {
        property: "layer.sourceRect"
        target: filter.whole
        value: Qt.rect(-filter.around, -filter.around, filter.whole.width + 2 * filter.around, filter.whole.height + 2 * filter.around)
    }

    Binding {
        property: "layer.enabled"
        target: filter.whole
        value: filter.on
    }
}
