import QtQuick
import Berth

// The inspector over the desktop: what is pointed at is marked, and a card beside tells about it.
FocusScope {
    id: layer

    required property bool asked // something else lies in front
    required property bool here // where the user works
    required property bool narrow
    required property real floor // where the panel begins

    readonly property bool shown: Inspector.open && here
    property bool swapped: false // the card is on the side where reading begins
    readonly property Item screen: parent?.parent ?? parent // of the layout and, above all of it, the keyboard
    readonly property bool onKeyboard: Inspector.path.startsWith("keyboard") && !asked
    readonly property bool atLeft: swapped !== LayoutMirroring.enabled

    signal keysChanged

    function attend(): void {
        if (shown && screen)
            Inspector.use(screen, layer, mark);
    }

    function takeKeys(): void {
        card.forceActiveFocus(Qt.TabFocusReason);
    }

    anchors.fill: parent
    visible: shown

    Component.onCompleted: attend()
    onScreenChanged: attend()
    onShownChanged: attend()

    Connections {
        target: Inspector

        function onKeyedChanged(): void {
            layer.keysChanged();
        }
    }

    // Elements move and change without telling; a frame is drawn whenever they do.
    Connections {
        enabled: layer.shown
        target: layer.Window.window

        function onAfterAnimating(): void {
            Inspector.follow();
        }
    }

    Highlight {
        id: mark

        objectName: "highlight"
        parent: layer.onKeyboard ? layer.screen : layer
        place: Inspector.place
        edges: Inspector.edges
        filled: Inspector.picking || Inspector.view === "box"
        name: Inspector.name
        visible: layer.shown && Inspector.place.width > 0
        z: layer.onKeyboard ? 1 : 0
    }

    PointingArea {
        anchors.fill: parent
        objectName: "pointing"
        screen: layer.screen
        visible: Inspector.picking
    }

    // Whoever presses elsewhere works there, and has the keyboard there.
    Item {
        anchors.fill: parent

        PointHandler {
            acceptedButtons: Qt.AllButtons

            onActiveChanged: {
                if (active && !Inspector.picking)
                    Inspector.keyed = card.contains(card.mapFromItem(null, point.scenePosition));
            }
        }
    }

    InspectorCard {
        id: card

        focus: true
        height: layer.narrow ? Math.round((layer.floor - margin) * 3 / 5) : layer.floor - 2 * margin
        narrow: layer.narrow
        objectName: "inspector"
        width: layer.narrow ? layer.width - 2 * margin : Math.min(Tokens.size.prompt, (layer.width - 3 * margin) / 2)
        x: layer.narrow || layer.atLeft ? margin : layer.width - width - margin
        y: layer.floor - height - margin

        readonly property real margin: Tokens.space.sm

        onSwapped: layer.swapped = !layer.swapped
    }
}
