import QtQuick
import Berth
import "../components"

// Time and date in the user's locale; wakes once a minute.
Column {
    id: clock

    property alias now: minutes.now
    property bool dated: true

    Accessible.role: Accessible.Clock
    Accessible.name: now.toLocaleString(Qt.locale(), Locale.LongFormat)

    Minutes {
        id: minutes
    }

    Label {
        anchors.right: parent.right
        Accessible.ignored: true
        font.pixelSize: Tokens.font.clock
        font.weight: Tokens.font.medium
        text: minutes.text
    }

    Label {
        anchors.right: parent.right
        Accessible.ignored: true
        font.pixelSize: Tokens.font.caption
        muted: true
        text: clock.now.toLocaleDateString(Qt.locale(), qsTr("ddd d MMM"))
        visible: clock.dated
    }
}
