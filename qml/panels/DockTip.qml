import QtQuick
import Berth
import "../components"

// The name of what the pointer or the keyboard is on, beside it.
Item {
    id: tip

    property DockItem item: null
    property string edge: "bottom"
    property Item bounds: null // where it has to stay in

    readonly property var look: Styles.of("dock tip")
    readonly property point place: {
        if (!item || !bounds || !visible)
            return Qt.point(0, 0);
        const at = item.mapToItem(bounds, 0, 0);
        const gap = Tokens.space.md;
        const x = edge === "left" ? at.x + item.width + gap : edge === "right" ? at.x - width - gap : at.x + (item.width - width) / 2;
        const y = edge === "bottom" ? at.y - height - gap : at.y + (item.height - height) / 2;
        return Qt.point(Math.max(0, Math.min(x, bounds.width - width)), Math.max(0, Math.min(y, bounds.height - height)));
    }

    Accessible.ignored: true
    height: words.implicitHeight + Tokens.space.sm
    visible: item !== null
    width: Math.min(words.implicitWidth + look.paddingLeft + look.paddingRight, Tokens.size.menu)
    x: Math.round(place.x)
    y: Math.round(place.y)

    Box {
        anchors.fill: parent
        element: "dock tip"

        Label {
            id: words

            anchors.fill: parent
            anchors.leftMargin: tip.look.paddingLeft
            anchors.rightMargin: tip.look.paddingRight
            look: tip.look
            text: tip.item ? tip.item.name : ""
            verticalAlignment: Text.AlignVCenter
        }
    }
}
