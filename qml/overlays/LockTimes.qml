pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// After how long without input the screen locks by itself; Lock keeps what is chosen.
MenuCard {
    id: card

    readonly property int minute: 60

    function words(seconds: int): string {
        if (seconds === 0)
            return qsTr("Never");
        return seconds < 1.5 * minute ? qsTr("After 1 minute") : qsTr("After %1 minutes").arg(Math.round(seconds / minute));
    }

    function focusChosen(): void {
        const chosen = entries().find(entry => entry.chosen);
        if (chosen)
            chosen.forceActiveFocus(Qt.TabFocusReason);
        else
            focusFirst();
    }

    Accessible.name: qsTr("Lock the screen by itself")
    objectName: "lockTimes"

    Repeater {
        model: Lock.times

        delegate: MenuEntry {
            required property int modelData

            readonly property bool chosen: modelData === Lock.after

            Accessible.role: Accessible.RadioButton
            Accessible.checkable: true
            Accessible.checked: chosen
            symbol: chosen ? "check" : ""
            text: card.words(modelData)
            width: parent ? parent.width : 0

            onClicked: {
                const seconds = modelData;
                card.done();
                Lock.chooseTime(seconds);
            }
        }
    }
}
