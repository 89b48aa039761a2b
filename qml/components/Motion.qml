pragma ComponentBehavior: Bound

import QtQuick

// Lets an element fade, move and animate as the theme says. Nothing runs but while something moves, and nothing
// moves that is not seen.
Item {
    id: motion

    required property Box box
    readonly property var look: box.look
    readonly property Item whole: box.whole

    readonly property var changes: look.changes
    property color background: look.background
    property color line: look.borderColor
    property real fade: look.opacity
    property var goal: look.move
    property var from: []
    property real way: 1

    readonly property string tracks: look.tracks
    property var playing: [] // a list<var> would make the samples something else than arrays
    property real time: 0
    property bool over: true
    property var frame: ({})

    readonly property var place: frame.move ?? (way < 1 ? mixed(from, goal, way) : goal)

    function mixed(one: var, two: var, share: real): var {
        const still = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1];
        const [a, b] = [one.length ? one : still, two.length ? two : still];
        return a.map((number, index) => number + (b[index] - number) * share);
    }

    // About the middle, as CSS does it.
    function matrixOf(m: var, w: real, h: real): matrix4x4 {
        const [sine, cosine] = [Math.sin(m[6] * Math.PI / 180), Math.cos(m[6] * Math.PI / 180)];
        const [a, b, c, d] = [cosine * m[7] - sine * m[9], cosine * m[8] - sine * m[10], sine * m[7] + cosine * m[9], sine * m[8] + cosine * m[10]];
        const x = m[0] + m[1] * w + m[2] * h + w / 2 - a * w / 2 - b * h / 2;
        const y = m[3] + m[4] * w + m[5] * h + h / 2 - c * w / 2 - d * h / 2;
        return Qt.matrix4x4(a, b, 0, x, c, d, 0, y, 0, 0, 1, 0, 0, 0, 0, 1);
    }

    // The sample of a track at the given time; undefined before and after it where it does not fill.
    function sampled(track: var, time: real): var {
        const rounds = track.rounds < 0 ? Infinity : track.rounds;
        const local = (time - track.delay) / track.duration;
        if (local < 0 && track.fill !== "backwards" && track.fill !== "both")
            return undefined;
        if (local >= rounds && track.fill !== "forwards" && track.fill !== "both")
            return undefined;
        const bounded = Math.max(0, Math.min(local, rounds));
        const round = bounded >= rounds && rounds > 0 && bounded % 1 === 0 ? bounded - 1 : Math.floor(bounded);
        const back = track.direction === "reverse" || (track.direction === "alternate" && round % 2 === 1) || (track.direction === "alternate-reverse" && round % 2 === 0);
        const share = back ? 1 - (bounded - round) : bounded - round;
        const found = {};
        for (const group in track.samples) {
            const samples = track.samples[group];
            const at = share * (samples.length - 1);
            const low = Math.min(Math.floor(at + 1e-6), samples.length - 1);
            const rest = track.hard || low + 1 >= samples.length ? 0 : at - low;
            const [one, two] = [samples[low], samples[Math.min(low + 1, samples.length - 1)]];
            const value = Array.isArray(one) ? one.map((number, index) => number + (two[index] - number) * rest) : one + (two - one) * rest;
            found[group] = group === "move" || group === "opacity" ? value : Qt.rgba(value[0], value[1], value[2], value[3]);
        }
        return found;
    }

    function show(): void {
        const found = {};
        over = true;
        for (const track of playing) {
            const end = track.delay + track.duration * track.rounds;
            over = over && (track.paused || (track.rounds >= 0 && time >= end));
            Object.assign(found, sampled(track, track.paused ? 0 : time) ?? {});
        }
        frame = found;
    }

    onPlaceChanged: {
        if (place.length > 0) {
            if (whole.transform.length === 0)
                whole.transform = [matrix];
        } else if (whole.transform.length > 0) {
            whole.transform = [];
        }
    }
    onGoalChanged: {
        const change = changes.move;
        if (change === undefined)
            return;
        from = way < 1 ? mixed(from, last.goal, way) : last.goal;
        last.goal = goal;
        moving.restart();
    }
    onTracksChanged: {
        playing = tracks === "" ? [] : JSON.parse(tracks);
        time = 0;
        show();
    }

    QtObject {
        id: last

        property var goal: motion.look.move
    }

    Matrix4x4 {
        id: matrix

        matrix: motion.place.length > 0 ? motion.matrixOf(motion.place, motion.whole.width, motion.whole.height) : Qt.matrix4x4()
    }

    SequentialAnimation {
        id: moving

        readonly property var change: motion.changes.move ?? [0, 0, [0, 0, 1, 1, 1, 1]]

        PropertyAction {
            property: "way"
            target: motion
            value: 0
        }
        PauseAnimation {
            duration: moving.change[1]
        }
        NumberAnimation {
            duration: moving.change[0]
            easing.bezierCurve: moving.change[2]
            easing.type: Easing.BezierSpline
            property: "way"
            target: motion
            to: 1
        }
    }

    FrameAnimation {
        running: motion.playing.length > 0 && !motion.over && motion.whole.visible && motion.Window.visibility !== Window.Hidden && motion.Window.visibility !== Window.Minimized

        onTriggered: {
            motion.time += frameTime * 1000;
            motion.show();
        }
    }

    Binding {
        property: "color"
        target: motion.box
        value: motion.frame.background ?? motion.background
    }

    Binding {
        property: "border.color"
        target: motion.box
        value: motion.frame.line ?? motion.line
    }

    Binding {
        property: "opacity"
        target: motion.whole
        value: motion.frame.opacity ?? motion.fade
    }

    Behavior on background {
        enabled: motion.changes.background !== undefined

        Change {
            change: motion.changes.background
        }
    }

    Behavior on line {
        enabled: motion.changes.line !== undefined

        Change {
            change: motion.changes.line
        }
    }

    Behavior on fade {
        enabled: motion.changes.opacity !== undefined

        Change {
            change: motion.changes.opacity
        }
    }

    component Change: SequentialAnimation {
        id: one

        property var change

        PauseAnimation {
            duration: one.change?.[1] ?? 0
        }
        PropertyAnimation {
            duration: one.change?.[0] ?? 0
            easing.bezierCurve: one.change?.[2] ?? [0, 0, 1, 1, 1, 1]
            easing.type: Easing.BezierSpline
        }
    }
}
