pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// Changes the value of a declaration: by typing, by the keys up and down on a number, or with a colour of the
// theme. What is typed is on the screen at once.
FocusScope {
    id: editor

    required property string name
    required property string value
    required property bool colored

    signal finished(bool keep)

    function step(event: KeyEvent): void {
        const size = event.modifiers & Qt.ShiftModifier ? 10 : event.modifiers & Qt.AltModifier ? 0.1 : 1;
        const changed = Inspector.step(field.text, field.cursorPosition, event.key === Qt.Key_Up ? size : -size);
        take(changed[0], changed[1]);
        event.accepted = true;
    }

    function take(text: string, cursor: int): void {
        field.text = text;
        field.cursorPosition = cursor;
        Inspector.edit(text);
    }

    implicitHeight: column.implicitHeight

    Component.onCompleted: {
        field.text = value;
        field.selectAll();
    }

    Column {
        id: column

        spacing: Tokens.space.xs
        width: parent.width

        LineField {
            id: field

            objectName: "value"
            focus: true
            says: qsTr("Value of %1").arg(editor.name)
            width: parent.width

            Keys.onDownPressed: event => editor.step(event)
            Keys.onEscapePressed: editor.finished(false)
            Keys.onUpPressed: event => editor.step(event)
            onAccepted: {
                if (Inspector.wrong === "")
                    editor.finished(true);
            }
            onTextEdited: Inspector.edit(text)
        }

        Flow {
            Accessible.role: Accessible.Grouping
            Accessible.name: qsTr("Colours of the theme")
            spacing: Tokens.space.xs
            visible: editor.colored
            width: parent.width

            Repeater {
                model: ["text", "text-muted", "text-on-accent", "accent", "selected", "surface-raised", "surface-sunken", "panel", "border", "border-strong", "danger", "warning", "info"]

                delegate: Swatch {
                    required property string modelData

                    shade: Inspector.shade(modelData)
                    text: qsTr("Colour %1").arg(modelData)

                    onClicked: {
                        editor.take(`var(--color-${modelData})`, 0);
                        field.forceActiveFocus();
                    }
                }
            }
        }
    }
}
