import QtQuick

// A symbol of the shell by its `name`, in `color`, with lines `stroke` pixels wide.
Item {
    id: symbol

    property string name
    property color color
    property real stroke: 1

    Image {
        anchors.fill: parent
        fillMode: Image.PreserveAspectFit
        source: symbol.name === "" || width <= 0 ? "" : `image://symbols/${symbol.name}/${String(symbol.color).slice(1)}/${symbol.stroke / width}`
        sourceSize: Qt.size(Math.round(width * Screen.devicePixelRatio), Math.round(height * Screen.devicePixelRatio))
    }
}
