import QtQuick
import Berth

// A symbol of the shell by its `name`, in `color`, with lines `stroke` pixels wide; the theme may have another shape.
Item {
    id: symbol

    property string name
    property color color
    property real stroke: 1
    readonly property string shape: Styles.icons[name] ?? name

    Image {
        anchors.fill: parent
        fillMode: Image.PreserveAspectFit
        source: symbol.name === "" || width <= 0 ? "" : `image://symbols/${symbol.shape}/${String(symbol.color).slice(1)}/${symbol.stroke / width}`
        sourceSize: Qt.size(Math.round(width * Screen.devicePixelRatio), Math.round(height * Screen.devicePixelRatio))
    }
}
