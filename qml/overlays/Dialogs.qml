import QtQuick

// What asks the user something about an app or the look, in front of everything of the desktop but prompts.
// `here` on the output where it is asked.
Item {
    id: dialogs

    property bool here: true

    readonly property Item front: power.open ? power : screens.open ? screens : removal.open ? removal : settings.open ? settings : about.open ? about : versions.open ? versions : inside.open ? inside : adding.open ? adding : removing.open ? removing : adjust.open ? adjust : review.open ? review : pictures.open ? pictures : catalogue.open ? catalogue : null
    readonly property bool open: front !== null

    function takeKeys(): void {
        if (front === catalogue)
            catalogue.takeKeys();
        else
            front?.forceActiveFocus();
    }

    CatalogueDialog {
        id: catalogue

        anchors.fill: parent
        here: dialogs.here
    }

    PictureDialog {
        id: pictures

        anchors.fill: parent
        here: dialogs.here
    }

    ReviewDialog {
        id: review

        anchors.fill: parent
        here: dialogs.here
    }

    AdjustDialog {
        id: adjust

        anchors.fill: parent
        here: dialogs.here
    }

    AddThemeDialog {
        id: adding

        anchors.fill: parent
        here: dialogs.here
    }

    ThemeRemovalDialog {
        id: removing

        anchors.fill: parent
        here: dialogs.here
    }

    AboutDialog {
        id: about

        anchors.fill: parent
        here: dialogs.here
    }

    InsideDialog {
        id: inside

        anchors.fill: parent
        here: dialogs.here
    }

    VersionsDialog {
        id: versions

        anchors.fill: parent
        here: dialogs.here
    }

    RunDialog {
        id: settings

        anchors.fill: parent
        here: dialogs.here
    }

    RemovalDialog {
        id: removal

        anchors.fill: parent
        here: dialogs.here
    }

    OutputsDialog {
        id: screens

        anchors.fill: parent
        here: dialogs.here
    }

    PowerDialog {
        id: power

        anchors.fill: parent
        here: dialogs.here
    }
}
