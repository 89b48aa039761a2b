pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import QtQuick.Templates as T
import Berth
import "../components"

// A rule that matches, or one of its declarations; a declaration that can be changed opens by a press or Return.
T.AbstractButton {
    id: line

    required property string row
    required property string kind
    required property string name
    required property string value
    required property string place
    required property string detail
    required property string swatch
    required property bool beaten
    required property string note
    required property bool editable
    property bool current: false
    property bool editing: false

    readonly property bool rule: kind === "rule"

    signal finished(bool keep)

    Accessible.role: Accessible.ListItem
    Accessible.name: rule ? qsTr("Rule %1").arg(name) : qsTr("%1: %2").arg(name).arg(value)
    Accessible.description: [beaten ? qsTr("does not count") : "", note, place, detail].filter(words => words !== "").join(", ")
    focusPolicy: Qt.NoFocus
    hoverEnabled: true
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    leftPadding: rule ? Tokens.space.xs : Tokens.space.lg
    rightPadding: rule ? Tokens.space.xs : Tokens.space.sm
    topPadding: rule ? Tokens.space.sm : Tokens.space.xxs
    bottomPadding: Tokens.space.xxs

    background: Rectangle {
        border.color: Tokens.color.focus
        border.width: line.current ? Tokens.stroke.hairline : 0
        color: line.hovered && line.editable ? Tokens.color.hover : "transparent"
        radius: Tokens.radius.sm
    }
    contentItem: ColumnLayout {
        spacing: 0

        RowLayout {
            spacing: Tokens.space.sm

            Rectangle {
                Layout.alignment: Qt.AlignTop
                Layout.preferredHeight: Tokens.size.iconSmall
                Layout.preferredWidth: Tokens.size.iconSmall
                border.color: Tokens.color.borderStrong
                border.width: Tokens.stroke.hairline
                color: line.swatch === "" ? "transparent" : line.swatch
                radius: Tokens.radius.sm
                visible: line.swatch !== ""
            }

            Label {
                Accessible.ignored: true
                Layout.fillWidth: true
                elide: Text.ElideRight
                font.family: Tokens.font.monospace
                font.strikeout: line.beaten
                font.weight: line.rule ? Tokens.font.bold : Tokens.font.regular
                kind: "caption"
                maximumLineCount: 4
                muted: line.beaten
                text: line.rule ? line.name : line.name + ": " + line.value
                within: "inspector"
                wrapMode: Text.Wrap
            }

            Label {
                Accessible.ignored: true
                Layout.alignment: Qt.AlignTop
                Layout.maximumWidth: line.width / 2
                elide: Text.ElideLeft
                kind: "caption"
                muted: true
                text: line.place
                visible: text !== ""
                within: "inspector"
            }
        }

        Label {
            Accessible.ignored: true
            Layout.fillWidth: true
            kind: "caption"
            maximumLineCount: 3
            muted: true
            text: [line.detail, line.note].filter(words => words !== "").join(" – ")
            visible: text !== ""
            within: "inspector"
            wrapMode: Text.Wrap
        }

        Loader {
            Layout.bottomMargin: Tokens.space.xs
            Layout.fillWidth: true
            Layout.topMargin: Tokens.space.xs
            active: line.editing
            focus: active
            visible: active

            onLoaded: (item as ValueField)?.forceActiveFocus()

            sourceComponent: ValueField {
                colored: line.swatch !== ""
                name: line.name
                value: line.value.replace(" !important", "")

                onFinished: keep => line.finished(keep)
            }
        }
    }
}
