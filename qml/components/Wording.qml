pragma ComponentBehavior: Bound

import QtQuick

// What words have beside a colour and a font: capitals, distances and shadows.
Item {
    id: wording

    required property Text label
    required property var look

    z: -1

    Binding {
        property: "font.capitalization"
        target: wording.label
        value: wording.look.capitals
    }

    Binding {
        property: "font.italic"
        target: wording.label
        value: wording.look.italic
    }

    Binding {
        property: "font.letterSpacing"
        target: wording.label
        value: wording.look.letterSpacing
    }

    Binding {
        property: "lineHeightMode"
        target: wording.label
        value: wording.look.lineHeight > 0 ? Text.FixedHeight : Text.ProportionalHeight
    }

    Binding {
        property: "lineHeight"
        target: wording.label
        value: wording.look.lineHeight > 0 ? wording.look.lineHeight : 1
    }

    Repeater {
        model: wording.look.copies

        Text {
            required property var modelData

            Accessible.ignored: true
            color: modelData[2]
            elide: wording.label.elide
            font: wording.label.font
            height: wording.label.height
            horizontalAlignment: wording.label.effectiveHorizontalAlignment
            lineHeight: wording.label.lineHeight
            lineHeightMode: wording.label.lineHeightMode
            maximumLineCount: wording.label.maximumLineCount
            renderType: Text.NativeRendering
            text: wording.label.text
            textFormat: Text.PlainText
            verticalAlignment: wording.label.verticalAlignment
            width: wording.label.width
            wrapMode: wording.label.wrapMode
            x: modelData[0]
            y: modelData[1]
        }
    }
}
