import QtQuick

// The time, told anew with each minute; nothing happens in between.
Timer {
    id: minutes

    property date now: new Date()

    // Milliseconds; the slack keeps a timer that fires early from showing the old minute.
    readonly property int minute: 60000
    readonly property int slack: 20
    readonly property string format: Qt.locale().timeFormat(Locale.ShortFormat).replace(/.ss/, "")
    readonly property string text: Qt.formatTime(now, format)

    function tick(): void {
        const moment = new Date();
        now = moment;
        interval = minute - moment.getTime() % minute + slack;
        restart();
    }

    Component.onCompleted: tick()
    onTriggered: tick()
}
