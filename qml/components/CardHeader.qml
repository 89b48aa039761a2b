import QtQuick
import QtQuick.Layouts
import Berth

// What a card is about, and the button that leaves it.
RowLayout {
    id: header

    required property string text
    required property string leaveName // of the button, for tests
    property alias leave: leave

    signal leaving

    Label {
        Layout.fillWidth: true
        kind: "title"
        maximumLineCount: 2
        text: header.text
        wrapMode: Text.Wrap
    }

    IconButton {
        id: leave

        objectName: header.leaveName
        symbol: "close"
        symbolSize: Tokens.size.iconSmall
        text: qsTr("Close")

        onClicked: {
            // What is being typed is kept when the keys leave it.
            forceActiveFocus();
            header.leaving();
        }
    }
}
