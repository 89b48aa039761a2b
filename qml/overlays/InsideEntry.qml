import QtQuick
import Berth
import "../components"

// One thing that there is inside of an app. `notable` is what apps do not have as a rule.
Column {
    id: entry

    required property string label
    required property string text
    required property bool notable

    Accessible.role: Accessible.ListItem
    Accessible.name: text === "" ? label : `${label}, ${text}`
    Accessible.description: notable ? qsTr("worth a look") : ""

    Label {
        Accessible.ignored: true
        elide: Text.ElideMiddle
        kind: "caption"
        muted: true
        text: entry.label
        width: parent.width
    }

    Label {
        Accessible.ignored: true
        font.weight: entry.notable ? Tokens.font.medium : look.fontWeight
        maximumLineCount: 6
        text: entry.text
        visible: text !== ""
        width: parent.width
        wrapMode: Text.Wrap
    }
}
