pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The groups of apps, as a row of exclusive choices that begins where reading begins.
Flickable {
    id: categories

    function begin(): void {
        row.forceLayout();
        contentX = row.LayoutMirroring.enabled ? contentWidth - width : 0;
    }

    boundsBehavior: Flickable.StopAtBounds
    clip: true
    contentHeight: height
    contentWidth: Math.max(width, row.implicitWidth)
    flickableDirection: Flickable.HorizontalFlick
    implicitHeight: Tokens.size.control

    onContentWidthChanged: Qt.callLater(begin)
    onWidthChanged: Qt.callLater(begin)

    Row {
        id: row

        anchors.horizontalCenter: parent.horizontalCenter
        spacing: Tokens.space.xs

        Repeater {
            model: [
                {
                    id: "",
                    name: qsTr("All")
                }
            ].concat(Shell.categories)

            delegate: Choice {
                required property var modelData

                autoExclusive: false
                checkable: false
                checked: Shell.category === modelData.id
                text: modelData.name

                onClicked: Shell.category = modelData.id
            }
        }
    }
}
