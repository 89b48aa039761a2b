import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// A button in a title bar.
IconButton {
    Layout.alignment: Qt.AlignVCenter
    side: Tokens.size.titleButton
    symbolSize: Tokens.size.iconSmall
}
