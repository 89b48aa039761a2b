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

            // What is in a list is cut off at its sides, so the line around where the keyboard is has room within.
            readonly property var focused: Styles.of("menu item:hover:focus-visible")
            readonly property real rim: Tokens.space.xxs
            readonly property real side: Math.max(Tokens.space.xs, focused.outlineWidth + focused.outlineOffset + rim)
            readonly property real foot: ways.height + side

            focus: true
            implicitHeight: Math.min(list.contentHeight + foot + 2 * side, menu.height - 2 * Tokens.space.xs)
            implicitWidth: Math.min(Tokens.size.prompt, menu.width - 2 * Tokens.space.xs)

            Component.onCompleted: list.go(Themes.refresh())

            Connections {
                target: Themes

                function onAdded(place: int): void {
                    list.go(place);
                }
            }

            Card {
                anchors.fill: parent
                element: "menu"

                ListView {
                    id: list

                    property bool scrolled: false // by keys, below a pointer that rests

                    function go(index: int): void {
                        scrolled = true;
                        currentIndex = index;
                        const entry = currentItem as ThemeEntry;
                        if (!entry)
                            return;
                        entry.forceActiveFocus(Qt.TabFocusReason);
                        entry.focusReason = Qt.TabFocusReason; // the list has given it the focus for another one
                        positionViewAtIndex(index, ListView.Contain);
                        const lowest = entry.y - topMargin;
                        const highest = entry.y + entry.height + bottomMargin - height;
                        contentY = Math.max(Math.min(contentY, lowest), highest);
                    }

                    Accessible.name: qsTr("Themes")
                    Accessible.role: Accessible.List
                    anchors.bottomMargin: body.foot
                    anchors.fill: parent
                    anchors.margins: body.rim
                    bottomMargin: body.side
                    boundsBehavior: Flickable.StopAtBounds
                    clip: true
                    focus: true
                    highlightFollowsCurrentItem: false
                    model: Themes.model
                    objectName: "themeMenu"
                    topMargin: body.side - body.rim

                    Keys.onPressed: event => {
                        const out = event.key === Qt.Key_Up && currentIndex === 0 || event.key === Qt.Key_Down && currentIndex === count - 1;
                        event.accepted = true;
                        if (out)
                            (event.key === Qt.Key_Up ? add : ways.first).forceActiveFocus(Qt.TabFocusReason);
                        else if (event.key === Qt.Key_Up)
                            go(currentIndex - 1);
                        else if (event.key === Qt.Key_Down)
                            go(currentIndex + 1);
                        else if (event.key === Qt.Key_Home)
                            go(0);
                        else if (event.key === Qt.Key_End)
                            go(count - 1);
                        else
                            event.accepted = false;
                    }
                    Keys.onBacktabPressed: {
                        if (currentIndex === 0)
                            add.forceActiveFocus(Qt.BacktabFocusReason);
                        else
                            go(currentIndex - 1);
                    }
                    Keys.onTabPressed: {
                        if (currentIndex === count - 1)
                            ways.first.forceActiveFocus(Qt.TabFocusReason);
                        else
                            go(currentIndex + 1);
                    }
                    onCurrentItemChanged: currentItem?.forceActiveFocus(Qt.TabFocusReason)

                    delegate: ThemeEntry {
                        required property int index

                        follows: !list.scrolled
                        inset: body.side - body.rim
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

                    HoverHandler {
                        property point last

                        onPointChanged: {
                            const place = point.scenePosition;
                            if (place.x !== last.x || place.y !== last.y)
                                list.scrolled = false;
                            last = place;
                        }
                    }

                    T.ScrollBar.vertical: ScrollBar {}
                }

                Column {
                    id: ways

                    readonly property Item first: adjust.visible ? adjust : add

                    function leave(index: int): void {
                        list.go(index);
                    }

                    anchors.bottom: parent.bottom
                    anchors.left: parent.left
                    anchors.margins: body.side
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
