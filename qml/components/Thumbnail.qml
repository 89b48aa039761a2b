import QtQuick
import QtQuick.Templates as T
import Berth

// A small picture in a frame of the theme's, which a press shows large or chooses; `text` says what is in it. It is
// read and made small beside everything else, so it may come a moment later than its frame.
T.AbstractButton {
    id: control

    required property url source
    property bool passive: false // only shown, within something that takes presses
    readonly property string situation: (hovered && !passive ? ":hover" : "") + (down ? ":active" : "") + (visualFocus ? ":focus-visible" : "")
    readonly property var look: (background as Box).look

    // A key that is held down means one press.
    function pressOnce(event: var): void {
        if (!event.isAutoRepeat)
            click();
    }

    Accessible.role: passive ? Accessible.Graphic : Accessible.Button
    Accessible.name: text
    enabled: !passive
    focusPolicy: passive ? Qt.NoFocus : Qt.StrongFocus
    hoverEnabled: true

    Keys.onEnterPressed: event => pressOnce(event)
    Keys.onReturnPressed: event => pressOnce(event)

    background: Box {
        element: "picture" + control.situation
        whole: control
    }
    contentItem: Item {
        Image {
            id: picture

            anchors.fill: parent
            anchors.margins: control.look.borderWidth + control.look.paddingLeft
            asynchronous: true
            cache: false // the file may be another one the next time
            fillMode: Image.PreserveAspectFit
            mipmap: true
            source: height > 0 ? control.source : ""
            sourceSize: Qt.size(0, 2 * height) // enough for dense screens
        }

        Symbol {
            anchors.centerIn: parent
            color: Tokens.color.textMuted
            height: Tokens.size.iconLarge
            name: "picture"
            stroke: Tokens.stroke.icon
            visible: picture.status !== Image.Ready
            width: Tokens.size.iconLarge
        }
    }
}
