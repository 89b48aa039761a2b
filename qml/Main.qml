import QtQuick
import Berth

// The whole desktop: the layout of the form factor that the screen asks for, exchanged at run time.
Item {
    Accessible.role: Accessible.Client
    Accessible.name: qsTr("Berth desktop")

    Loader {
        anchors.fill: parent
        focus: true
        source: Scene.formFactor === "phone" ? "layouts/Phone.qml" : Scene.formFactor === "tablet" ? "layouts/Tablet.qml" : "layouts/Desktop.qml"
    }
}
