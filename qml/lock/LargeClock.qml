import QtQuick
import Berth
import "../components"

// Time and day, to be read from afar.
Box {
    id: clock

    required property string within // the element that this is inside of, for the theme

    Accessible.role: Accessible.Clock
    Accessible.name: minutes.now.toLocaleString(Qt.locale(), Locale.LongFormat)
    element: within + " clock"
    implicitHeight: words.implicitHeight + 2 * Tokens.space.sm
    implicitWidth: words.implicitWidth + 2 * Tokens.space.lg

    Minutes {
        id: minutes
    }

    Column {
        id: words

        anchors.centerIn: parent

        Label {
            anchors.horizontalCenter: parent.horizontalCenter
            Accessible.ignored: true
            look: clock.look
            text: minutes.text
        }

        Label {
            anchors.horizontalCenter: parent.horizontalCenter
            Accessible.ignored: true
            color: clock.look.color
            font.pixelSize: Tokens.font.title
            text: minutes.now.toLocaleDateString(Qt.locale(), qsTr("dddd, d MMMM"))
            within: clock.within
        }
    }
}
