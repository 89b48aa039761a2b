import QtQuick
import QtQuick.Effects

// What lies behind an element, blurred and in other colours. It needs graphics hardware; where nothing says what
// lies behind (`backdrop` of an item around the element), nothing is drawn.
Item {
    id: root

    required property Box box
    readonly property var glass: box.look.glass // pixels, saturation, brightness
    readonly property Item stage: around()
    readonly property point place: {
        let [x, y] = [0, 0];
        for (let item = box; item && item !== stage; item = item.parent)
            [x, y] = [x + item.x, y + item.y];
        return Qt.point(x, y);
    }

    // The nearest item that has a backdrop which the element is not itself part of.
    function around(): Item {
        let inside = null;
        for (let item = box.parent; item; item = item.parent) {
            const backdrop = backdropOf(item);
            if (backdrop)
                return backdrop === inside ? null : item;
            inside = item;
        }
        return null;
    }

    function backdropOf(item: var): Item {
        return item?.backdrop ?? null;
    }

    ShaderEffectSource {
        id: behind

        anchors.fill: parent
        sourceItem: root.backdropOf(root.stage)
        sourceRect: Qt.rect(root.place.x, root.place.y, root.width, root.height)
        visible: false
    }

    Rectangle {
        id: shape

        anchors.fill: parent
        bottomLeftRadius: root.box.bottomLeftRadius
        bottomRightRadius: root.box.bottomRightRadius
        layer.enabled: true
        topLeftRadius: root.box.topLeftRadius
        topRightRadius: root.box.topRightRadius
        visible: false
    }

    MultiEffect {
        anchors.fill: parent
        autoPaddingEnabled: false
        blur: 1
        blurEnabled: root.glass[0] > 0
        blurMax: Math.max(1, root.glass[0] ?? 1)
        brightness: (root.glass[2] ?? 1) - 1
        maskEnabled: true
        maskSource: shape
        maskSpreadAtMin: 1
        maskThresholdMin: 0.5
        saturation: (root.glass[1] ?? 1) - 1
        source: behind
        visible: root.stage !== null
    }
}
