pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// Search, categories, what is under way, and the apps. Typing searches wherever the focus is.
FocusScope {
    id: list

    readonly property var catalogue: Shell.catalogue

    signal chosen(string app)

    // The search has the keys, or the app that was looked at before.
    function takeKeys(app: string): void {
        if (app === "" || !grid.goTo(app))
            search.forceActiveFocus();
    }

    function typeAhead(event: KeyEvent): void {
        // Escape and the like have a text as well.
        event.accepted = event.text > " " && event.text !== "\x7f" && !(event.modifiers & (Qt.ControlModifier | Qt.AltModifier | Qt.MetaModifier));
        if (!event.accepted)
            return;
        search.forceActiveFocus();
        search.insert(search.length, event.text);
        catalogue.query = search.text;
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: Tokens.space.md

        TextField {
            id: search

            objectName: "catalogueSearch"
            Layout.fillWidth: true
            placeholderText: qsTr("Search all apps")
            symbol: "search"

            Keys.onDownPressed: grid.begin()
            onAccepted: grid.chooseCurrent()
            onTextEdited: {
                list.catalogue.query = text;
                grid.currentIndex = 0;
            }
        }

        Flow {
            Accessible.role: Accessible.PageTabList
            Accessible.name: qsTr("Categories")
            Layout.fillWidth: true
            spacing: Tokens.space.xs
            visible: search.length === 0

            Repeater {
                model: [
                    {
                        id: "",
                        name: qsTr("All")
                    }
                ].concat(list.catalogue.categories)

                delegate: Choice {
                    required property var modelData

                    objectName: "category-" + modelData.id
                    autoExclusive: false
                    checkable: false
                    checked: list.catalogue.category === modelData.id
                    text: modelData.name

                    Keys.onDownPressed: grid.begin()
                    Keys.onEnterPressed: click()
                    Keys.onReturnPressed: click()
                    onClicked: {
                        list.catalogue.category = modelData.id;
                        grid.currentIndex = 0;
                    }
                }
            }
        }

        Scrolled {
            id: arriving

            objectName: "arriving"
            Layout.fillWidth: true
            Layout.maximumHeight: list.height / 3 // the apps keep their room
            Layout.preferredHeight: contentHeight
            spacing: Tokens.space.md
            visible: list.catalogue.arriving.count > 0

            Repeater {
                model: list.catalogue.arriving

                delegate: ArrivingEntry {
                    width: arriving.rowWidth
                }
            }
        }

        AppEntries {
            id: grid

            objectName: "catalogueApps"
            Layout.fillHeight: true
            Layout.fillWidth: true

            Keys.onPressed: event => list.typeAhead(event)
            onChosen: app => list.chosen(app)
            onUpwards: search.forceActiveFocus(Qt.BacktabFocusReason)

            Label {
                anchors.centerIn: parent
                horizontalAlignment: Text.AlignHCenter
                muted: true
                text: search.length > 0 ? qsTr("No app matches “%1”.").arg(search.text) : qsTr("There are no apps yet.")
                visible: grid.count === 0
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
    }
}
