pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// One window: the client's content, and what the shell draws around it.
Item {
    id: frame

    required property int window
    required property string app
    required property string appName
    required property string icon
    required property string picture
    required property string title
    required property string description
    required property string windowState
    required property bool focused
    required property bool minimized
    required property bool urgent
    required property int rings
    required property bool responding
    required property bool asking
    required property bool resizable
    required property int placeX
    required property int placeY
    required property int placeWidth
    required property int placeHeight
    required property int level
    required property int insetLeft
    required property int insetTop
    required property int insetRight
    required property int insetBottom
    required property string output
    required property real pixelScale
    required property string uses

    readonly property bool framed: insetTop > 0
    readonly property bool bordered: insetLeft > 0
    readonly property bool loose: windowState === "normal"
    readonly property string used: uses === "" ? "" : "[uses~=" + uses.replace(/ /g, "][uses~=") + "]"
    readonly property string element: "window" + (app === "" ? "" : "[app=" + app + "]") + used + (focused ? ":focus" : "") + (urgent ? ":urgent" : "") + (responding ? "" : ":unresponsive") + (loose ? "" : windowState === "maximized" || windowState === "fullscreen" ? ":" + windowState : ":tiled")

    signal answered

    // In whole pixels of the screen: between them a client's picture would be smeared.
    function snapped(length: real): real {
        return Math.round(length * pixelScale) / pixelScale;
    }

    Accessible.role: Accessible.Window
    Accessible.name: appName === "" || title === appName ? title : qsTr("%1 – %2").arg(title).arg(appName)
    height: placeHeight + insetTop + insetBottom
    visible: !minimized
    width: placeWidth + insetLeft + insetRight
    x: snapped(placeX - insetLeft)
    y: snapped(placeY - insetTop)
    z: level

    Accessible.description: description

    Component.onCompleted: Scene.attachContent(output, window, content)
    Component.onDestruction: Scene.detachContent(output, window, content)

    onFocusedChanged: {
        if (focused)
            question.takeKeys();
        else if (question.activeFocus)
            answered();
    }
    onRingsChanged: fade.restart()

    Connections {
        target: Scene

        function onPictureWanted(output: string, window: int): void {
            if (output === frame.output && window === frame.window && !frame.grabToImage(result => Scene.pictureTaken(window, result.image)))
                Scene.pictureFailed(window);
        }
    }

    ResizeRing {
        anchors.fill: parent
        anchors.margins: -Tokens.size.resizeHandle
        enabled: frame.framed && frame.loose && frame.resizable
        handle: Tokens.size.resizeHandle
        visible: enabled
        window: frame.window
    }

    Box {
        id: ground

        anchors.fill: parent
        border.width: frame.insetLeft // how much room there is, the display server has to know
        bottomLeftRadius: 0
        bottomRightRadius: 0
        element: frame.element
        topLeftRadius: frame.bordered ? look.topLeftRadius : 0
        topRightRadius: frame.bordered ? look.topRightRadius : 0
        unfiltered: frame.asking
        visible: frame.framed
        whole: frame
    }

    Rectangle {
        color: Tokens.color.windowBackground
        height: frame.placeHeight
        visible: !frame.loose
        width: frame.placeWidth
        x: frame.insetLeft
        y: frame.insetTop
    }

    TitleBar {
        id: bar

        app: frame.app
        appName: frame.appName
        focusedWindow: frame.focused
        frame: frame.element
        height: frame.insetTop - frame.insetLeft
        icon: frame.icon
        loose: frame.loose
        picture: frame.picture
        responding: frame.responding
        resizable: frame.resizable
        title: frame.title
        used: frame.used
        visible: frame.framed
        width: frame.placeWidth
        window: frame.window
        x: frame.insetLeft
        y: frame.insetLeft
    }

    Item {
        id: content

        height: frame.placeHeight
        width: frame.placeWidth
        x: frame.snapped(frame.insetLeft)
        y: frame.snapped(frame.insetTop)
    }

    // What an app shows that does not answer is of the past. Presses go through: they may wake it up.
    Rectangle {
        color: Tokens.color.scrim
        height: frame.placeHeight
        objectName: "veil"
        visible: !frame.responding
        width: frame.placeWidth
        x: content.x
        y: content.y
    }

    Loader {
        id: question

        readonly property real freeX: (frame.width - width) / 2
        readonly property real freeY: Math.max(frame.insetTop, (frame.height - height) / 2)

        active: frame.asking
        // All of it is to be seen, however small or far out the window is.
        x: Math.round(Math.max(Tokens.space.xs - frame.x, Math.min(freeX, frame.parent.width - Tokens.space.xs - width - frame.x)))
        y: Math.round(Math.max(Tokens.space.xs - frame.y, Math.min(freeY, frame.parent.height - Tokens.space.xs - height - frame.y)))

        // Never from the launcher, another question or the password.
        function takeKeys(): void {
            if (!active)
                return;
            focus = true;
            if (!Scene.keyboardCaptured && !Lock.locked)
                (item as HangQuestion)?.forceActiveFocus(Qt.TabFocusReason);
        }

        onActiveChanged: {
            if (!active)
                frame.answered();
        }
        onLoaded: {
            if (frame.focused)
                takeKeys();
        }

        sourceComponent: HangQuestion {
            name: frame.appName !== "" ? frame.appName : frame.title
            window: frame.window
        }
    }

    // The bell, for the eyes.
    Rectangle {
        id: flash

        anchors.fill: parent
        border.color: Tokens.color.warning
        border.width: Tokens.size.bell
        color: "transparent"
        opacity: 0
        radius: frame.bordered ? Tokens.radius.window : 0
        visible: opacity > 0

        NumberAnimation {
            id: fade

            duration: Tokens.duration.bell
            from: 1
            property: "opacity"
            target: flash
            to: 0
        }
    }
}
