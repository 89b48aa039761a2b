pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "components"
import "greeter"
import "inspector"
import "keyboard"
import "launcher"
import "layouts"
import "lock"
import "overlays"
import "panels"
import "prompts"
import "windows"

// One element at a time, drawn by the shell's own components, for the pictures of the theme reference. States of the
// pointer and of the keys come from real events.
Rectangle {
    id: root

    property string kind: ""
    property string variant: "" // a class
    property list<string> states: []
    property list<string> names: [] // of tokens
    readonly property alias shown: loader.item
    readonly property var kinds: ({
            desktop: desktop,
            panel: panel,
            window: window,
            titlebar: window,
            task: task,
            dock: dock,
            app: app,
            mark: app,
            badge: app,
            tip: tip,
            launcher: launcher,
            tile: tile,
            menu: menu,
            item: item,
            notice: notice,
            prompt: prompt,
            quote: quote,
            inspector: inspector,
            osd: osd,
            icon: osd,
            lock: lock,
            greeter: greeter,
            clock: clock,
            login: login,
            avatar: avatar,
            message: message,
            card: variant === "pill" ? pill : card,
            button: variant === "icon" ? icon : variant === "start" ? start : button,
            choice: choice,
            field: field,
            label: label,
            tag: tag,
            picture: picture,
            progress: progress,
            scrim: scrim,
            keyboard: keyboard,
            variants: variants,
            key: key,
            color: colors,
            space: bars,
            size: bars,
            radius: radii,
            stroke: strokes,
            duration: bars,
            opacity: opacities,
            font: fonts
        })

    function has(state: string): bool {
        return states.includes(state);
    }

    color: ["panel", "dock", "window", "titlebar", "launcher", "menu", "notice", "prompt", "inspector", "card", "osd", "login", "icon", "variants"].includes(kind) ? Tokens.color.wallpaperBottom : Tokens.color.surfaceRaised

    Loader {
        id: loader

        anchors.centerIn: parent
        sourceComponent: root.kinds[root.kind] ?? null
    }

    Component {
        id: desktop

        Sea {
            height: 225
            width: 360
        }
    }

    Component {
        id: panel

        Panel {
            width: 640
        }
    }

    Component {
        id: dock

        DockBar {
            readonly property Item self: this

            bounds: self
            edge: root.variant === "left" || root.variant === "right" ? root.variant : "bottom"
            fills: root.variant === "attached"
            height: implicitHeight
            room: 360
            width: implicitWidth
        }
    }

    Component {
        id: app

        DockItem {
            activity: root.has("busy") ? "starting" : ""
            app: "org.codeberg.dnkl.foot"
            dragged: root.has("dragged")
            focused: root.has("focus")
            minimized: root.has("minimized")
            name: "Foot"
            picture: ""
            progress: 0.4
            urgent: root.has("urgent")
            windows: root.kind === "badge" ? 3 : root.kind === "mark" || ["running", "focus", "urgent", "minimized"].some(state => root.has(state)) ? 1 : 0
        }
    }

    Component {
        id: tip

        Item {
            id: room

            implicitHeight: 100
            implicitWidth: 120

            DockItem {
                id: named

                activity: ""
                app: "org.codeberg.dnkl.foot"
                focused: false
                minimized: false
                name: "Foot"
                picture: ""
                progress: -1
                urgent: false
                windows: 0
                x: 34
                y: 48
            }

            DockTip {
                bounds: room
                item: named
            }
        }
    }

    Component {
        id: window

        WindowFrame {
            readonly property bool whole: root.has("fullscreen")
            readonly property bool flush: whole || root.has("maximized") || root.has("tiled")

            app: ""
            appName: "Foot"
            asking: false
            description: ""
            focused: root.has("focus")
            icon: ""
            insetBottom: flush ? 0 : 1
            insetLeft: flush ? 0 : 1
            insetRight: flush ? 0 : 1
            insetTop: whole ? 0 : Tokens.size.titleBar + insetLeft
            level: 0
            minimized: false
            output: ""
            picture: ""
            pixelScale: 1
            placeHeight: root.kind === "titlebar" ? 0 : 40
            placeWidth: 210
            placeX: insetLeft
            placeY: insetTop
            resizable: true
            responding: !root.has("unresponsive")
            rings: 0
            title: "~"
            urgent: root.has("urgent")
            uses: root.has("uses") ? "screen-capture" : ""
            window: 1
            windowState: ["maximized", "fullscreen"].find(state => root.has(state)) ?? (root.has("tiled") ? "left" : "normal")

            Rectangle {
                color: Tokens.color.windowBackground
                height: parent.placeHeight
                width: parent.placeWidth
                x: parent.insetLeft
                y: parent.insetTop
            }
        }
    }

    Component {
        id: task

        TaskItem {
            app: "org.codeberg.dnkl.foot"
            appName: "Foot"
            focused: root.has("focus")
            minimized: root.has("minimized")
            picture: ""
            title: "Foot"
            urgent: root.has("urgent")
            width: 110
            window: 1
        }
    }

    Component {
        id: launcher

        Item {
            implicitHeight: 430
            implicitWidth: 560

            LauncherSheet {
                active: true
                edge: parent.height
                fills: root.variant === "full"
            }
        }
    }

    Component {
        id: tile

        AppTile {
            activity: ""
            app: "org.mozilla.firefox"
            chips: ["Network"]
            current: root.has("current")
            height: Tokens.size.tileHeight
            imageState: "ready"
            index: 0
            name: "Firefox"
            picture: ""
            progress: 0
            progressText: ""
            stopped: false
            summary: "Browse the web"
            width: Tokens.size.tileWidth
        }
    }

    Component {
        id: menu

        WindowMenuCard {
            appName: "Foot"
            instance: ""
            loose: true
            minimized: false
            resizable: true
            responding: false
            title: "Foot"
            window: 1
            windowState: "normal"
        }
    }

    Component {
        id: item

        MenuEntry {
            destructive: root.variant === "destructive"
            enabled: !root.has("disabled")
            symbol: destructive ? "warning" : "fullscreen"
            text: destructive ? "End the app" : "Full screen"
            width: 138
        }
    }

    Component {
        id: notice

        NoticeCard {
            hint: "What helps is here."
            message: "Something happened."
            notice: 1
            origin: "Foot"
            severity: root.variant !== "" ? root.variant : "info"
            times: 1
            width: 260
        }
    }

    Component {
        id: prompt

        PromptCard {
            app: "org.mozilla.firefox"
            digest: "0123456789ab"
            explanation: "It can then talk to every computer on the internet."
            icon: ""
            name: "Firefox"
            prompt: "p"
            publisher: "Debian"
            question: "Let Firefox use the network?"
            reason: "Web pages come over the network."
            waiting: 1
        }
    }

    Component {
        id: quote

        Reason {
            name: "Firefox"
            reason: "Web pages come over the network."
            width: 300
        }
    }

    Component {
        id: inspector

        InspectorCard {
            height: 560
            narrow: false
            width: 420
        }
    }

    Component {
        id: lock

        LockScreen {
            height: 520
            width: 420
        }
    }

    Component {
        id: greeter

        GreeterScreen {
            height: 520
            width: 420
        }
    }

    Component {
        id: clock

        LargeClock {
            within: "lock"
        }
    }

    Component {
        id: login

        LoginCard {
            action: "Unlock"
            busy: false
            capsLock: true
            error: true
            layout: "DE"
            message: "That was not the right password."
            name: "Ada"
            picture: ""
            question: "Password"
            ready: true
            secret: true
            width: 340
        }
    }

    Component {
        id: avatar

        Avatar {
            name: "Ada"
            picture: ""
        }
    }

    Component {
        id: message

        Message {
            error: root.variant === "error"
            text: error ? "That was not the right password." : "Touch the key."
        }
    }

    Component {
        id: card

        Card {
            implicitHeight: 72
            implicitWidth: 160
        }
    }

    Component {
        id: osd

        OsdSign {
            active: true
        }
    }

    Component {
        id: pill

        HandHint {
            active: true
        }
    }

    Component {
        id: button

        Button {
            destructive: root.variant === "destructive"
            enabled: !root.has("disabled")
            flat: root.variant === "flat"
            highlighted: root.variant === "primary" || destructive
            text: "Button"
        }
    }

    Component {
        id: icon

        IconButton {
            enabled: !root.has("disabled")
            symbol: "close"
            text: "Close"
        }
    }

    Component {
        id: start

        LauncherButton {}
    }

    Component {
        id: choice

        Choice {
            checked: root.has("checked")
            enabled: !root.has("disabled")
            text: "Choice"
        }
    }

    Component {
        id: field

        TextField {
            enabled: !root.has("disabled")
            placeholderText: "Search"
            symbol: "search"
            width: 160
        }
    }

    Component {
        id: keyboard

        KeyboardArea {
            width: 640
        }
    }

    Component {
        id: variants

        Variants {
            choices: ["é", "è", "ê", "ë"]
            chosen: 1
        }
    }

    Component {
        id: key

        KeyFace {
            readonly property var looks: ({
                    modifier: {
                        symbol: "shift",
                        labels: []
                    },
                    action: {
                        symbol: "enter",
                        labels: []
                    },
                    space: {
                        symbol: "",
                        labels: ["English (US)"]
                    }
                })

            down: root.has("active")
            grip: root.has("locked") ? "locked" : root.has("checked") ? "once" : ""
            height: Tokens.size.key
            key: Object.assign({
                key: "k",
                kind: root.variant,
                name: "",
                more: false,
                symbol: "",
                labels: ["a"]
            }, looks[root.variant] ?? {})
            level: 0
            preview: false
            width: root.variant === "space" ? 3 * height : height
        }
    }

    Component {
        id: label

        Label {
            kind: root.variant === "muted" ? "" : root.variant
            muted: root.variant === "muted"
            text: "Words"
        }
    }

    Component {
        id: tag

        Tag {
            symbol: "shield"
            text: "Network"
        }
    }

    Component {
        id: picture

        Thumbnail {
            height: 90
            source: ""
            text: "A picture"
            width: 144
        }
    }

    Component {
        id: progress

        ProgressBar {
            fraction: 0.6
            width: 200
        }
    }

    Component {
        id: scrim

        Item {
            readonly property string element: shade.element

            implicitHeight: 64
            implicitWidth: 160

            Button {
                anchors.centerIn: parent
                text: "Button"
            }

            Scrim {
                id: shade

                anchors.fill: parent
                element: root.variant === "clear" ? "scrim.clear" : "scrim"
            }
        }
    }

    component Tokened: Flow {
        id: flow

        property int cell: 150
        property Component sample

        spacing: Tokens.space.sm
        width: 820

        Repeater {
            model: root.names

            Column {
                id: one

                required property string modelData
                readonly property var value: Tokens[root.kind][modelData]

                spacing: Tokens.space.xxs
                width: flow.cell

                Loader {
                    readonly property string name: one.modelData
                    readonly property var value: one.value

                    sourceComponent: flow.sample
                }

                Label {
                    kind: "caption"
                    text: root.kind === "color" || typeof one.value !== "number" ? one.modelData : one.modelData + " " + Math.round(one.value * 100) / 100
                    width: parent.width
                }
            }
        }
    }

    Component {
        id: colors

        Tokened {
            cell: 129

            sample: Rectangle {
                border.color: Tokens.color.border
                border.width: 1
                color: parent.value
                height: 28
                width: 129
            }
        }
    }

    Component {
        id: bars

        Tokened {
            sample: Rectangle {
                color: Tokens.color.accent
                height: 12
                width: parent.value * (root.kind === "size" ? 0.2 : root.kind === "duration" ? 0.02 : 1)
            }
        }
    }

    Component {
        id: radii

        Tokened {
            cell: 129

            sample: Rectangle {
                border.color: Tokens.color.accent
                border.width: 2
                color: Tokens.color.surfaceSunken
                height: 56
                radius: Math.min(parent.value, 28)
                width: 112
            }
        }
    }

    Component {
        id: strokes

        Tokened {
            sample: Rectangle {
                color: Tokens.color.accent
                height: parent.value
                width: 112
            }
        }
    }

    Component {
        id: opacities

        Tokened {
            sample: Rectangle {
                color: Tokens.color.text
                height: 28
                opacity: parent.value
                width: 112
            }
        }
    }

    Component {
        id: fonts

        Tokened {
            sample: Label {
                font.family: typeof parent.value === "string" ? parent.value : Tokens.font.family
                font.pixelSize: typeof parent.value === "number" && parent.value < 100 ? parent.value : Tokens.font.body
                font.weight: typeof parent.value === "number" && parent.value >= 100 ? parent.value : Tokens.font.regular
                text: "Berth 123"
            }
        }
    }
}
