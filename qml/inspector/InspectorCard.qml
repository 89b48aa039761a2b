pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"
import "../overlays"

// Tells about the element that was chosen: where it is, its states, its rules, its values, its sizes.
FocusScope {
    id: card

    required property bool narrow

    signal swapped

    function back(): void {
        if (Inspector.picking)
            Inspector.picking = false;
        else
            Inspector.open = false;
    }

    Accessible.role: Accessible.Dialog
    Accessible.name: qsTr("Inspector")

    Keys.onEscapePressed: back()
    Keys.onPressed: event => {
        if (event.modifiers & Qt.ControlModifier && event.key === Qt.Key_S)
            Inspector.write();
        else if (event.modifiers & Qt.ControlModifier && event.key === Qt.Key_Z)
            Inspector.undo();
        event.accepted = true;
    }
    Keys.onReleased: event => event.accepted = true

    // Tab stays inside: from either end the keys go to the other.
    Item {
        activeFocusOnTab: true

        onActiveFocusChanged: {
            if (activeFocus)
                list.forceActiveFocus(Qt.BacktabFocusReason);
        }
    }

    Card {
        anchors.fill: parent
        element: "inspector"

        ColumnLayout {
            anchors.fill: parent
            anchors.margins: Tokens.space.md
            spacing: Tokens.space.sm

            RowLayout {
                spacing: Tokens.space.xxs

                Label {
                    Layout.fillWidth: true
                    kind: "title"
                    text: qsTr("Inspector")
                    visible: !card.narrow
                    within: "inspector"
                }

                ElementField {
                    Layout.fillWidth: true
                    visible: card.narrow
                }

                IconButton {
                    objectName: "pick"
                    symbol: "target"
                    text: Inspector.picking ? qsTr("Stop pointing") : qsTr("Point at an element")
                    within: "inspector"

                    onClicked: Inspector.picking = !Inspector.picking
                }

                IconButton {
                    enabled: Inspector.undoable
                    objectName: "undo"
                    symbol: "undo"
                    text: qsTr("Undo the last change")
                    within: "inspector"

                    onClicked: Inspector.undo()
                }

                IconButton {
                    symbol: "tileLeft"
                    text: qsTr("To the other side")
                    visible: !card.narrow
                    within: "inspector"

                    onClicked: card.swapped()
                }

                IconButton {
                    objectName: "closeInspector"
                    symbol: "close"
                    text: qsTr("Close the inspector")
                    within: "inspector"

                    onClicked: Inspector.open = false
                }
            }

            ElementField {
                Layout.fillWidth: true
                objectName: "elementField"
                visible: !card.narrow
            }

            Crumbs {
                id: crumbs

                Layout.fillWidth: true
                focus: true
                objectName: "crumbs"
            }

            States {
                Layout.fillWidth: true
            }

            Views {
                Layout.fillWidth: true
            }

            LineField {
                Layout.fillWidth: true
                objectName: "wanted"
                says: qsTr("Search names and values")
                text: Inspector.wanted
                visible: Inspector.view === "computed" || Inspector.view === "custom"

                onTextEdited: Inspector.wanted = text
            }

            InspectedList {
                id: list

                Layout.fillHeight: true
                Layout.fillWidth: true
                objectName: "inspected"
                visible: Inspector.view !== "box"
            }

            BoxSizes {
                Layout.fillHeight: true
                Layout.fillWidth: true
                visible: Inspector.view === "box"
            }

            SheetErrors {
                Layout.fillWidth: true
                here: true
                objectName: "inspectorErrors"
                room: Math.round(card.height / 3)
            }

            Footer {
                Layout.fillHeight: false
                Layout.fillWidth: true
            }
        }
    }

    Item {
        activeFocusOnTab: true

        onActiveFocusChanged: {
            if (activeFocus)
                crumbs.forceActiveFocus(Qt.TabFocusReason);
        }
    }
}
