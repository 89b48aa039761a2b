pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// For how long an answer counts.
RowLayout {
    id: durations

    required property string duration
    required property Item previous
    required property Item next
    readonly property Item first: once
    readonly property Item last: always

    signal chosen(string duration)
    signal held

    component Span: Choice {
        required property string value

        objectName: value
        within: "prompt"
        Layout.fillWidth: true
        checked: durations.duration === value
        horizontalPadding: Tokens.space.xs

        onPressed: durations.held()
        onToggled: durations.chosen(value)
    }

    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("For how long")
    spacing: Tokens.space.xs

    Span {
        id: once

        KeyNavigation.backtab: durations.previous
        KeyNavigation.right: session
        KeyNavigation.tab: session
        text: qsTr("Just once")
        value: "once"
    }

    Span {
        id: session

        KeyNavigation.backtab: once
        KeyNavigation.right: always
        KeyNavigation.tab: always
        text: qsTr("This session")
        value: "session"
    }

    Span {
        id: always

        KeyNavigation.backtab: session
        KeyNavigation.tab: durations.next
        text: qsTr("Always")
        value: "always"
    }
}
