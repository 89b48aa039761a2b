import QtQuick
import Berth

// Below everything on a screen: has the whole of it painted when looks have changed, and shows nothing itself.
// Qt's software renderer adds up, item after item, what has to be painted again; with many items that takes the
// square of their number, and much longer than painting everything. It does not where something is gone that was as
// large as the screen. So with each change something goes from one place to another.
Item {
    id: afresh

    Item {
        id: here
    }

    Item {
        id: there
    }

    Rectangle {
        color: "black" // without one there would be nothing to go
        height: afresh.height
        opacity: 0
        parent: Styles.changes % 2 ? here : there
        visible: GraphicsInfo.api === GraphicsInfo.Software
        width: afresh.width
    }
}
