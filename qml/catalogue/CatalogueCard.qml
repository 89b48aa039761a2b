pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// All apps, or one of them.
Card {
    id: card

    readonly property var catalogue: Shell.catalogue
    readonly property bool detailed: catalogue.app !== ""
    readonly property real margin: width < Tokens.size.searchWidth ? Tokens.space.md : Tokens.space.xl
    property string last: "" // the app looked at before

    function takeKeys(): void {
        if (detailed)
            (detail.item as AppDetail)?.takeKeys();
        else
            list.takeKeys(last);
    }

    function back(): void {
        if (detailed)
            catalogue.look("");
        else
            catalogue.close();
    }

    objectName: "catalogueCard"
    Accessible.role: Accessible.Dialog
    Accessible.name: title.text

    Keys.onBackPressed: back()
    Keys.onEscapePressed: back()
    onDetailedChanged: {
        if (detailed)
            last = catalogue.app;
        takeKeys();
    }

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: card.margin
        spacing: Tokens.space.md

        RowLayout {
            spacing: Tokens.space.sm

            IconButton {
                objectName: "backToList"
                rotation: LayoutMirroring.enabled ? 180 : 0
                symbol: "back"
                text: qsTr("Back to all apps")
                visible: card.detailed

                onClicked: card.catalogue.look("")
            }

            CardHeader {
                id: title

                Layout.fillWidth: true
                leaveName: "closeCatalogue"
                text: card.detailed ? card.catalogue.name : qsTr("Catalogue")

                onLeaving: card.catalogue.close()
            }
        }

        AppList {
            id: list

            Layout.fillHeight: true
            Layout.fillWidth: true
            visible: !card.detailed

            onChosen: app => card.catalogue.look(app)
        }

        Loader {
            id: detail

            Layout.fillHeight: true
            Layout.fillWidth: true
            active: card.detailed
            focus: active
            visible: active

            onLoaded: (item as AppDetail)?.takeKeys()

            sourceComponent: AppDetail {}
        }
    }
}
