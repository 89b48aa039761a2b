pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// The installed themes. The desktop takes on the one that is chosen while the list stays, so that looks can be
// compared; Escape or a press beside it ends that.
FocusScope {
    id: menu

    property bool open: false
    property point place

    function openAt(x: real, y: real): void {
        place = Qt.point(x, y);
        open = true;
    }

    function close(): void {
        open = false;
    }

    Keys.onEscapePressed: close()
    Keys.onPressed: event => event.accepted = true
    Keys.onReleased: event => event.accepted = true

    Connections {
        target: Scene

        function onMenuReleased(): void {
            menu.close();
        }
    }

    Scrim {
        anchors.fill: parent
        element: "scrim.clear"
        visible: menu.open

        onClicked: menu.close()
    }

    Loader {
        active: menu.open
        focus: active
        x: Math.round(Math.max(Tokens.space.xs, Math.min(LayoutMirroring.enabled ? menu.place.x - width : menu.place.x, menu.width - width - Tokens.space.xs)))
        y: Math.round(Math.max(Tokens.space.xs, Math.min(menu.place.y, menu.height - height - Tokens.space.xs)))

        sourceComponent: FocusScope {
            focus: true
            implicitHeight: Math.min(list.contentHeight + 2 * Tokens.space.xs, menu.height - 2 * Tokens.space.xs)
            implicitWidth: Math.min(Tokens.size.menu, menu.width - 2 * Tokens.space.xs)

            Component.onCompleted: {
                list.currentIndex = Themes.refresh();
                list.currentItem?.forceActiveFocus(Qt.TabFocusReason);
            }

            Card {
                anchors.fill: parent
                element: "menu"

                ListView {
                    id: list

                    Accessible.name: qsTr("Themes")
                    Accessible.role: Accessible.List
                    anchors.fill: parent
                    anchors.margins: Tokens.space.xs
                    boundsBehavior: Flickable.StopAtBounds
                    clip: true
                    focus: true
                    highlightFollowsCurrentItem: true
                    keyNavigationWraps: true
                    model: Themes.model
                    objectName: "themeMenu"

                    Keys.onPressed: event => {
                        if (event.key === Qt.Key_Home)
                            currentIndex = 0;
                        else if (event.key === Qt.Key_End)
                            currentIndex = count - 1;
                        else
                            event.accepted = false;
                    }
                    Keys.onBacktabPressed: decrementCurrentIndex()
                    Keys.onTabPressed: incrementCurrentIndex()
                    onCurrentItemChanged: currentItem?.forceActiveFocus(Qt.TabFocusReason)

                    delegate: MenuEntry {
                        required property int index
                        required property string name
                        required property string summary
                        required property string theme
                        required property bool used

                        Accessible.checkable: true
                        Accessible.checked: used
                        Accessible.description: used ? qsTr("In use. %1").arg(summary) : summary
                        symbol: used ? "check" : ""
                        text: name
                        width: ListView.view ? ListView.view.width : 0

                        onActiveFocusChanged: {
                            if (activeFocus)
                                list.currentIndex = index;
                        }
                        onClicked: Themes.use(theme)
                    }

                    T.ScrollBar.vertical: ScrollBar {}
                }
            }
        }
    }
}
