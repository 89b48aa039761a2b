pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Templates as T
import Berth
import "../components"

// The installed themes. The desktop takes on the one that is chosen while the list stays, so that looks can be
// compared; Escape or a press beside it ends that, but not a drag: a file of a theme can come from there. Below it are
// the ways to what the theme in use lets users change, and to other themes.
FocusScope {
    id: menu

    required property Output output
    property bool open: false
    property point place

    readonly property alias passing: beside.passing // what was pressed beside it, an app has

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
            if (!beside.passing)
                menu.close();
        }
    }

    Scrim {
        id: beside

        property bool passing: false

        anchors.fill: parent
        element: "scrim.clear"
        hovers: !passing && !Scene.dragging
        visible: menu.open

        onClicked: menu.close()
        onPressed: mouse => {
            passing = mouse.button === Qt.LeftButton && Scene.appAt(menu.output.name, mouse.x, mouse.y);
            mouse.accepted = !passing;
        }

        PointHandler {
            onActiveChanged: {
                if (active || !beside.passing)
                    return;
                beside.passing = false;
                if (!Scene.dragging)
                    menu.close();
            }
        }
    }

    Loader {
        active: menu.open
        focus: active
        x: Math.round(Math.max(Tokens.space.xs, Math.min(LayoutMirroring.enabled ? menu.place.x - width : menu.place.x, menu.width - width - Tokens.space.xs)))
        y: Math.round(Math.max(Tokens.space.xs, Math.min(menu.place.y, menu.height - height - Tokens.space.xs)))

        sourceComponent: FocusScope {
            id: body

            readonly property real foot: ways.height + Tokens.space.xs

            focus: true
            implicitHeight: Math.min(list.contentHeight + foot + 2 * Tokens.space.xs, menu.height - 2 * Tokens.space.xs)
            implicitWidth: Math.min(Tokens.size.prompt, menu.width - 2 * Tokens.space.xs)

            Component.onCompleted: {
                list.currentIndex = Themes.refresh();
                list.currentItem?.forceActiveFocus(Qt.TabFocusReason);
            }

            Connections {
                target: Themes

                function onAdded(place: int): void {
                    list.currentIndex = place;
                }
            }

            Card {
                anchors.fill: parent
                element: "menu"

                ListView {
                    id: list

                    Accessible.name: qsTr("Themes")
                    Accessible.role: Accessible.List
                    anchors.bottomMargin: Tokens.space.xs + body.foot
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
                        const out = event.key === Qt.Key_Up && currentIndex === 0 || event.key === Qt.Key_Down && currentIndex === count - 1;
                        event.accepted = true;
                        if (out)
                            (event.key === Qt.Key_Up ? add : ways.first).forceActiveFocus(Qt.TabFocusReason);
                        else if (event.key === Qt.Key_Home)
                            currentIndex = 0;
                        else if (event.key === Qt.Key_End)
                            currentIndex = count - 1;
                        else
                            event.accepted = false;
                    }
                    Keys.onBacktabPressed: decrementCurrentIndex()
                    Keys.onTabPressed: {
                        if (currentIndex === count - 1)
                            ways.first.forceActiveFocus(Qt.TabFocusReason);
                        else
                            incrementCurrentIndex();
                    }
                    onCurrentItemChanged: currentItem?.forceActiveFocus(Qt.TabFocusReason)

                    delegate: ThemeEntry {
                        required property int index

                        width: ListView.view ? ListView.view.width : 0

                        onActiveFocusChanged: {
                            if (activeFocus)
                                list.currentIndex = index;
                        }
                        onClicked: Themes.use(theme)
                        onRemoving: {
                            Themes.removing.ask(theme);
                            menu.close();
                        }
                    }

                    T.ScrollBar.vertical: ScrollBar {}
                }

                Column {
                    id: ways

                    readonly property Item first: adjust.visible ? adjust : add

                    function leave(index: int): void {
                        list.currentIndex = index;
                        list.currentItem?.forceActiveFocus(Qt.TabFocusReason);
                    }

                    anchors.bottom: parent.bottom
                    anchors.left: parent.left
                    anchors.margins: Tokens.space.xs
                    anchors.right: parent.right

                    MenuEntry {
                        id: adjust

                        objectName: "adjustTheme"
                        symbol: "sliders"
                        text: qsTr("Adjust %1…").arg(Themes.adjusting.name)
                        visible: Themes.adjusting.available
                        width: parent.width

                        Keys.onBacktabPressed: ways.leave(list.count - 1)
                        Keys.onDownPressed: add.forceActiveFocus(Qt.TabFocusReason)
                        Keys.onTabPressed: add.forceActiveFocus(Qt.TabFocusReason)
                        Keys.onUpPressed: ways.leave(list.count - 1)
                        onClicked: {
                            Themes.adjusting.show();
                            menu.close();
                        }
                    }

                    MenuEntry {
                        id: add

                        function back(): void {
                            if (adjust.visible)
                                adjust.forceActiveFocus(Qt.TabFocusReason);
                            else
                                ways.leave(list.count - 1);
                        }

                        objectName: "addTheme"
                        symbol: "plus"
                        text: qsTr("Add a theme…")
                        width: parent.width

                        Keys.onBacktabPressed: back()
                        Keys.onDownPressed: ways.leave(0)
                        Keys.onTabPressed: ways.leave(0)
                        Keys.onUpPressed: back()
                        onClicked: {
                            Themes.adding.show();
                            menu.close();
                        }
                    }
                }
            }
        }
    }
}
