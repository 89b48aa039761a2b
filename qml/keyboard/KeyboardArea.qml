pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The on-screen keyboard. It never has the focus, and each finger on it is followed by itself; between keys the
// nearest one counts. It lies as it is in every language.
Box {
    id: area

    property bool wide: width > Tokens.size.key * wideKeys
    property var touches: ({}) // the key under each finger
    property var down: ({}) // how many fingers are on a key
    property var asked: null // the finger whose key shows its variants

    readonly property int wideKeys: 15
    readonly property int mostKeys: 24 // as wide as the rows get, in heights of a key
    readonly property int longPress: 450 // milliseconds
    readonly property var rows: ScreenKeyboard.rows
    readonly property real across: Math.max(...rows.map(row => row.reduce((sum, key) => sum + key.width, 0)))
    readonly property real unit: Math.min(width - 2 * Tokens.space.xs, Tokens.size.key * mostKeys, across < mostKeys / 3 ? across * 2 * Tokens.size.key : Infinity) / across

    // The key nearest to a point.
    function keyAt(x: real, y: real): Item {
        const row = lines.itemAt(Math.max(0, Math.min(lines.count - 1, Math.floor((y - column.y) / Tokens.size.key)))) as KeyRow;
        return row ? row.keyAt(x - column.x - row.x) : null;
    }

    function mark(name: string, by: int): void {
        const marks = Object.assign({}, down);
        marks[name] = (marks[name] ?? 0) + by;
        down = marks;
    }

    function take(point: var, face: KeyFace): void {
        touches[point.pointId] = face.name;
        mark(face.name, 1);
        ScreenKeyboard.press(face.name);
        if (face.key.more) {
            longing.point = point.pointId;
            longing.face = face;
            longing.restart();
        }
    }

    function drop(point: var): string {
        const name = touches[point.pointId] ?? "";
        if (name !== "") {
            delete touches[point.pointId];
            mark(name, -1);
        }
        if (longing.point === point.pointId)
            longing.stop();
        return name;
    }

    function begin(point: var): void {
        const face = keyAt(point.x, point.y) as KeyFace;
        if (face && !asked)
            take(point, face);
    }

    // A finger that slides to another key means that one.
    function move(point: var): void {
        if (asked === point.pointId) {
            variants.point(point.x - variants.x);
            return;
        }
        const face = keyAt(point.x, point.y) as KeyFace;
        const name = touches[point.pointId];
        if (!face || name === undefined || name === face.name)
            return;
        ScreenKeyboard.leave(drop(point));
        take(point, face);
    }

    function end(point: var): void {
        const name = drop(point);
        if (asked === point.pointId) {
            ScreenKeyboard.choose(variants.choices[variants.chosen]);
            asked = null;
        } else if (name !== "") {
            ScreenKeyboard.release(name);
        }
    }

    function cancel(point: var): void {
        const name = drop(point);
        if (asked === point.pointId)
            asked = null;
        if (name !== "")
            ScreenKeyboard.leave(name);
    }

    function offer(point: int, face: KeyFace): void {
        const choices = ScreenKeyboard.variantsOf(face.name);
        if (choices.length === 0)
            return;
        variants.choices = choices;
        variants.side = Math.min(Math.max(face.width, Tokens.size.target), (width - 2 * Tokens.space.xs) / choices.length);
        const corner = face.mapToItem(area, 0, 0);
        variants.x = Math.max(0, Math.min(width - variants.width, corner.x - Tokens.space.xs));
        variants.y = corner.y - variants.height;
        variants.point(corner.x + face.width / 2 - variants.x);
        asked = point;
    }

    Accessible.name: qsTr("On-screen keyboard")
    Accessible.role: Accessible.Grouping
    LayoutMirroring.childrenInherit: true
    LayoutMirroring.enabled: false
    element: "keyboard"
    implicitHeight: column.height + 2 * Tokens.space.xs

    Component.onCompleted: {
        ScreenKeyboard.setWide(wide);
        ScreenKeyboard.attach(area);
    }
    Component.onDestruction: ScreenKeyboard.detach(area)
    onRowsChanged: asked = null
    onWideChanged: ScreenKeyboard.setWide(wide)

    // What is behind it gets nothing.
    MouseArea {
        acceptedButtons: Qt.AllButtons
        anchors.fill: parent
        hoverEnabled: true
        onWheel: wheel => wheel.accepted = true
    }

    component KeyRow: Row {
        id: line

        required property var modelData

        function keyAt(x: real): Item {
            let found = null;
            for (let n = 0; n < keys.count; n++) {
                found = keys.itemAt(n);
                if (x < found.x + found.width)
                    break;
            }
            return found;
        }

        x: Math.round((column.width - width) / 2)

        Repeater {
            id: keys

            model: line.modelData

            delegate: KeyFace {
                required property var modelData

                down: (area.down[key.key] ?? 0) > 0
                grip: ScreenKeyboard.held[key.key === "rightshift" ? "shift" : key.key] ?? ""
                height: Tokens.size.key
                key: modelData
                level: ScreenKeyboard.level
                preview: !area.wide && !ScreenKeyboard.secret && area.asked === null
                width: key.width * area.unit
            }
        }
    }

    Column {
        id: column

        anchors.horizontalCenter: parent.horizontalCenter
        width: area.across * area.unit
        y: Tokens.space.xs

        Repeater {
            id: lines

            model: area.rows

            delegate: KeyRow {}
        }
    }

    MultiPointTouchArea {
        anchors.fill: parent
        mouseEnabled: true

        onCanceled: points => points.forEach(point => area.cancel(point))
        onPressed: points => points.forEach(point => area.begin(point))
        onReleased: points => points.forEach(point => area.end(point))
        onUpdated: points => points.forEach(point => area.move(point))
    }

    Timer {
        id: longing

        property int point: -1
        property KeyFace face: null

        interval: area.longPress

        onTriggered: area.offer(point, face)
    }

    Variants {
        id: variants

        objectName: "variants"
        visible: area.asked !== null
    }
}
