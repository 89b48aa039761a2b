import QtQuick
import Berth

// The whole desktop: the layout of the form factor that the screen asks for, exchanged at run time.
Item {
    id: screen

    required property Output output

    // Without its layout there is nothing on the screen.
    readonly property bool loaded: loader.status === Loader.Ready
    readonly property string layout: Scene.formFactor === "phone" ? "layouts/Phone.qml" : Scene.formFactor === "tablet" ? "layouts/Tablet.qml" : "layouts/Desktop.qml"

    function load(): void {
        loader.setSource(layout, {
            output: output
        });
    }

    Accessible.role: Accessible.Client
    Accessible.name: qsTr("Berth desktop")

    Component.onCompleted: load()
    onLayoutChanged: {
        if (loader.item)
            load();
    }

    // Logical pixels of the output, whatever the host makes of them.
    Loader {
        id: loader

        focus: true
        height: parent.height / screen.output.zoom
        scale: screen.output.zoom
        transformOrigin: Item.TopLeft
        width: parent.width / screen.output.zoom
    }
}
