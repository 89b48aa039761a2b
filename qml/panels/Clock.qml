import QtQuick
import Berth
import "../components"

// Time and date in the user's locale; wakes once a minute.
Column {
    id: clock

    property date now: new Date()
    property bool dated: true

    readonly property string timeFormat: Qt.locale().timeFormat(Locale.ShortFormat).replace(/.ss/, "")

    function tick(): void {
        const moment = new Date();
        now = moment;
        timer.interval = clock.minute - moment.getTime() % clock.minute + clock.slack;
        timer.restart();
    }

    // Milliseconds; the slack keeps a timer that fires early from showing the old minute.
    readonly property int minute: 60000
    readonly property int slack: 20

    Accessible.role: Accessible.Clock
    Accessible.name: now.toLocaleString(Qt.locale(), Locale.LongFormat)
    Component.onCompleted: tick()

    Timer {
        id: timer

        onTriggered: clock.tick()
    }

    Label {
        anchors.right: parent.right
        Accessible.ignored: true
        font.pixelSize: Tokens.font.clock
        font.weight: Tokens.font.medium
        text: Qt.formatTime(clock.now, clock.timeFormat)
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
