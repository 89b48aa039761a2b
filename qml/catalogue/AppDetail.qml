pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Berth
import "../components"

// All about one app, and what can be done with it.
FocusScope {
    id: detail

    readonly property var catalogue: Shell.catalogue
    readonly property bool building: catalogue.activity === "building"
    property bool looked: false

    // After a picture was looked at, the keys are where they were.
    function takeKeys(): void {
        if (looked)
            pictures.takeKeys();
        else
            (building ? cancelling : opening).forceActiveFocus(Qt.TabFocusReason);
    }

    // An app that is not here yet is prepared first; the page stays until it runs.
    function start(): void {
        Shell.launch(catalogue.app);
        if (catalogue.ready)
            catalogue.close();
        else
            catalogue.awaitStart();
    }

    Keys.onDownPressed: list.flick(0, -Tokens.size.prompt)
    Keys.onUpPressed: list.flick(0, Tokens.size.prompt)
    onBuildingChanged: {
        if (activeFocus) {
            looked = false;
            takeKeys();
        }
    }

    ColumnLayout {
        anchors.fill: parent
        spacing: Tokens.space.md

        RowLayout {
            spacing: Tokens.space.lg

            AppIcon {
                Layout.alignment: Qt.AlignTop
                Layout.preferredHeight: Tokens.size.tileIcon
                Layout.preferredWidth: Tokens.size.tileIcon
                app: detail.catalogue.app
                name: detail.catalogue.name
                source: detail.catalogue.icon
            }

            ColumnLayout {
                spacing: Tokens.space.xs

                Label {
                    Layout.fillWidth: true
                    maximumLineCount: 3
                    text: detail.catalogue.summary
                    visible: text !== ""
                    wrapMode: Text.Wrap
                }

                Label {
                    Layout.fillWidth: true
                    maximumLineCount: 2
                    muted: true
                    text: {
                        if (detail.building)
                            return detail.catalogue.progressText;
                        if (detail.catalogue.activity === "running")
                            return qsTr("Running");
                        if (detail.catalogue.stopped)
                            return qsTr("Stopped before it was ready. What has come is kept for a week.");
                        return detail.catalogue.ready ? qsTr("Ready to start") : qsTr("Not here yet: it is prepared when you open it");
                    }
                    wrapMode: Text.Wrap
                }

                ProgressBar {
                    Layout.fillWidth: true
                    fraction: detail.catalogue.fraction
                    visible: detail.building
                }
            }
        }

        Flow {
            Layout.fillWidth: true
            spacing: Tokens.space.sm

            Button {
                id: opening

                objectName: "openApp"
                highlighted: true
                text: detail.catalogue.activity === "running" ? qsTr("Open once more") : qsTr("Open")
                visible: !detail.building

                onClicked: detail.start()
            }

            Button {
                id: cancelling

                objectName: "cancelApp"
                text: qsTr("Cancel")
                visible: detail.building

                onClicked: Shell.cancelBuild(detail.catalogue.app)
            }

            Button {
                objectName: "prepareApp"
                text: detail.catalogue.stopped ? qsTr("Go on preparing") : qsTr("Prepare only")
                visible: detail.catalogue.buildable && !detail.building

                onClicked: Shell.build(detail.catalogue.app)
            }

            Button {
                objectName: "howItRuns"
                text: qsTr("How it runs…")

                onClicked: Shell.runSettings.ask(detail.catalogue.app, "")
            }

            Button {
                objectName: "versionsOfApp"
                text: qsTr("Versions…")
                visible: detail.catalogue.ready

                onClicked: Shell.versions.ask(detail.catalogue.app)
            }

            Button {
                objectName: "removeApp"
                text: qsTr("Remove…")
                visible: detail.catalogue.ready

                onClicked: Shell.removal.ask(detail.catalogue.app)
            }
        }

        Scrolled {
            id: list

            Layout.fillHeight: true
            Layout.fillWidth: true
            spacing: Tokens.space.md

            AppPictures {
                id: pictures

                width: parent.width

                onActiveFocusChanged: {
                    if (activeFocus)
                        list.show(pictures);
                }
                onChosen: number => {
                    detail.looked = true;
                    detail.catalogue.enlarge(number);
                }
            }

            Facts {
                model: detail.catalogue.facts
                width: parent.width
            }
        }
    }
}
