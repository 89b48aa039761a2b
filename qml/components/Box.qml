import QtQuick
import Berth

// The ground of an element as the theme has it. `element` is a path like "button.primary:hover"; what is inside
// reads colours and fonts from `look`. Most elements are a plain rectangle; the others get what they have more
// when they first have it.
Rectangle {
    id: box

    required property string element
    property QtObject dressed: null // by what is inside of elements, where a theme asks for that
    readonly property var look: {
        const plain = Styles.of(element);
        return dressed ?? plain;
    }
    readonly property string extras: look.extras
    property Item whole: box // what fades and moves with it
    property bool unfiltered: false // where something is in it that no filter may touch
    property Item adornment: null

    bottomLeftRadius: Math.min(look.bottomLeftRadius, height / 2)
    bottomRightRadius: Math.min(look.bottomRightRadius, height / 2)
    border.color: look.borderColor
    border.width: look.borderWidth
    color: look.background
    topLeftRadius: Math.min(look.topLeftRadius, height / 2)
    topRightRadius: Math.min(look.topRightRadius, height / 2)

    onExtrasChanged: {
        if (extras !== "" && !adornment)
            adornment = Qt.createComponent("Adornment.qml").createObject(box, {
                box: box
            });
    }
}
