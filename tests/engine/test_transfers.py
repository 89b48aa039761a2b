"""Files that the user hands from one app to another, in a whole engine with real containers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from berth.core import messages as m
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_life import SLEEPER
from tests.session.desktop import wait_until

KEEPER = "org.example.Keeper"


class Desk:
    """Two apps of one engine: what the first has in its home and /tmp may go to the second."""

    def __init__(self, engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
        self.engine, self.display, self.caller = engine, display, caller
        self.source: str = caller.call(m.RunApp(SLEEPER)).instance
        self.target: str = caller.call(m.RunApp(KEEPER)).instance

    def inside(self, instance: str, script: str) -> str:
        """Run a script inside; its output."""
        ours, theirs = os.pipe()
        null = os.open(os.devnull, os.O_RDWR)
        try:
            self.caller.call(m.ExecInInstance(instance, ("/bin/sh", "-c", script)), (null, theirs, theirs))
        finally:
            os.close(null)
            os.close(theirs)
        with os.fdopen(ours) as pipe:
            return pipe.read()

    def ask(self, transfer: str, *paths: bytes, source: str = "", target: str = "") -> None:
        names = [path.rpartition(b"/")[2] for path in paths]
        files = tuple(zip(paths, names, strict=True))
        self.display.link.send(m.FilesWanted(transfer, source or self.source, target or self.target, files))

    def bring(self, transfer: str, *paths: bytes) -> tuple[int, ...]:
        """Ask and wait; what is missing."""
        self.ask(transfer, *paths)
        return self.ready(transfer)

    def ready(self, transfer: str) -> tuple[int, ...]:
        while True:
            answer = self.display.expect(m.FilesReady)
            if answer.transfer == transfer:
                return answer.missing

    def notice(self) -> m.Notice:
        return self.caller.event(m.Notice, lambda notice: notice.severity != "info")


@pytest.fixture
def desk(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> Desk:
    return Desk(engine, display, caller)


def test_files_come_read_only_and_as_they_were(desk: Desk) -> None:
    desk.inside(desk.source, "cd /home/berth; echo one > a; mkdir -p d/sub; echo two > d/sub/b; echo t > /tmp/t")
    assert desk.bring("t1", b"/home/berth/a", b"/home/berth/d", b"/tmp/t") == ()
    assert desk.inside(desk.target, "cd /run/received/t1; cat a d/sub/b t") == "one\ntwo\nt\n"
    desk.inside(desk.source, "echo later > /home/berth/a")
    assert desk.inside(desk.target, "cat /run/received/t1/a") == "one\n", "a copy, not a view"
    for attempt in ("echo x > /run/received/t1/a", "touch /run/received/new", "mkdir /run/received/t1/d/new"):
        assert "ead-only" in desk.inside(desk.target, attempt)
    assert "No such file" in desk.inside(desk.source, "cat /run/received/t1/a"), "nobody else sees it"
    assert desk.bring("t2", b"/home/berth/a") == ()
    assert desk.inside(desk.target, "cat /run/received/t2/a") == "later\n"
    received = desk.engine.paths.received / desk.target
    assert received.is_dir()
    desk.caller.call(m.StopInstance(desk.target, force=True))
    assert not received.exists()


def test_what_does_not_come_is_said_once_and_the_rest_comes(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the host")
    secret = os.fsencode(tmp_path / "secret")
    desk.inside(desk.source, "cd /home/berth; echo x > good")
    paths = (b"/home/berth/no", b"/home/berth/good", secret, b"/home/../../../.." + secret, b"/proc/self/environ")
    desk.display.link.send(
        m.FilesWanted("t1", desk.source, desk.target, tuple((path, b"%d" % n) for n, path in enumerate(paths)))
    )
    assert desk.ready("t1") == (0, 2, 3, 4)
    notice = desk.caller.event(m.Notice, lambda notice: "4 of 5" in notice.message)
    assert notice.message == (
        "4 of 5 files did not get from Sleeper to Keeper: Sleeper can read no such file or folder."
    )
    assert (notice.severity, notice.instance) == ("warning", desk.target)
    assert "secret" not in desk.inside(desk.target, "ls -R /run/received/t1; cat /run/received/t1/*")


def test_names_of_files_do_not_play_with_the_notice(desk: Desk) -> None:
    files = ((b"/no", "evil\n\u202egpj.exe".encode() + b"\xff" + b"x" * 200),)
    desk.display.link.send(m.FilesWanted("t1", desk.source, desk.target, files))
    assert desk.ready("t1") == (0,)
    assert desk.notice().message.startswith("“evil??gpj.exe?xxx")


def test_requests_that_are_not_well_formed(desk: Desk) -> None:
    for transfer, names in (
        ("../t", (b"a",)),
        ("t", (b"..",)),
        ("t", (b"a/b",)),
        ("t", (b"a", b"a")),
        ("", (b"a",)),
        ("t/../x", (b"a",)),
    ):
        files = tuple((b"/etc/resolv.conf", name) for name in names)
        desk.display.link.send(m.FilesWanted(transfer, desk.source, desk.target, files))
        assert desk.ready(transfer) == tuple(range(len(names)))
        assert desk.notice().severity == "error"
    assert list((desk.engine.paths.received / desk.target).iterdir()) == []


def test_source_that_has_ended_or_never_was(desk: Desk) -> None:
    desk.ask("t1", b"/etc/resolv.conf", source="nobody-1")
    assert desk.ready("t1") == (0,)
    assert "did not finish" in desk.notice().message
    desk.caller.call(m.StopInstance(desk.source, force=True))
    assert desk.bring("t2", b"/etc/resolv.conf") == (0,)
    desk.ask("t3", b"/etc/resolv.conf", target="nobody-1")
    assert desk.caller.call(m.ListInstances()).instances


def test_source_and_target_end_in_the_middle(desk: Desk) -> None:
    """Thousands of files are under way; what is left of them is found at the end of the test."""
    numbers = "for i in 0 1 2 3 4 5 6 7 8 9; do for j in 0 1 2 3 4 5 6 7 8 9; do echo x > $i$j; done; done"
    desk.inside(desk.source, f"mkdir /tmp/d; cd /tmp/d; {numbers}")
    files = tuple((b"/tmp/d", b"%d" % number) for number in range(190))
    for transfer, ending in (("t1", desk.target), ("t2", desk.source)):
        desk.display.link.send(m.FilesWanted(transfer, desk.source, desk.target, files))
        second = desk.engine.paths.incoming / f"{desk.target}-{transfer}" / "1"
        wait_until(second.exists, "the first folder to be there whole")
        desk.caller.call(m.StopInstance(ending, force=True))
        if ending == desk.target:
            desk.target = desk.caller.call(m.RunApp(KEEPER)).instance
    assert desk.ready("t2")
    assert "did not finish" in desk.notice().message
    there = len(list((desk.engine.paths.received / desk.target / "t2").iterdir()))
    assert 0 < there < 190, "what had come before is there"


def test_next_engine_brings_them_again_and_removes_what_was_on_its_way(desk: Desk, engine: EngineProcess) -> None:
    desk.inside(desk.source, "mkdir /tmp/d; cd /tmp/d; yes x | head -c 100000 > big")
    assert desk.bring("t1", b"/tmp/d") == ()
    engine.kill()
    (engine.paths.incoming / "half-t2" / "d").mkdir(parents=True)
    (engine.paths.received / "debris-1" / "t9").mkdir(parents=True)
    engine.restart()
    desk.display = engine.display(desk.source, desk.target)
    desk.caller = engine.caller()
    assert not engine.paths.incoming.exists() or list(engine.paths.incoming.iterdir()) == []
    assert {path.name for path in engine.paths.received.iterdir()} == {desk.source, desk.target}
    assert desk.bring("t1", b"/tmp/d", b"/tmp/e") == (1,), "the answer may have been lost, the files were not"
    assert desk.bring("t2", b"/tmp/d") == ()
    assert desk.inside(desk.target, "ls /run/received") == "t1\nt2\n"


def test_app_that_keeps_others_from_its_files(desk: Desk) -> None:
    """It may kill whatever is in its own place, which is all that it can do."""
    younger = "for p in /proc/[0-9]*; do [ ${p#/proc/} -gt $$ ] && kill -9 ${p#/proc/}; done"
    desk.inside(desk.source, f"sh -c 'while :; do {younger}; done' </dev/null >/dev/null 2>&1 &")
    files = tuple((b"/bin", b"%d" % number) for number in range(500))
    desk.display.link.send(m.FilesWanted("t1", desk.source, desk.target, files))
    assert desk.ready("t1")
    assert "Sleeper did not finish handing it over" in desk.notice().message
    assert desk.source in {info.instance for info in desk.caller.call(m.ListInstances()).instances}


def test_what_is_left_out_of_a_folder_is_said(desk: Desk) -> None:
    desk.inside(
        desk.source, "mkdir /tmp/d; echo x > /tmp/d/a; cd /tmp/d; /bin/busybox ln -s / out; /bin/busybox mkfifo f"
    )
    assert desk.bring("t1", b"/tmp/d") == ()
    assert desk.inside(desk.target, "ls /run/received/t1/d") == "a\n"
    text = "Not all inside “d” came from Sleeper to Keeper: 2 left out."
    assert desk.caller.event(m.Notice, lambda notice: notice.message == text)


def test_list_that_cannot_be_read_is_said(desk: Desk) -> None:
    desk.display.link.send(m.FilesRefused(desk.source, desk.target, "they are more than 10000"))
    text = "The files from Sleeper to Keeper cannot be handed over: they are more than 10000."
    assert desk.notice().message == text


def test_what_is_dropped_on_the_desktop_is_the_last_one_alone(desk: Desk) -> None:
    place = desk.engine.paths.dropped
    desk.inside(desk.source, "cd /home/berth; echo one > a.berth-theme; echo two > b.berth-theme")
    desk.inside(desk.source, "cd /home/berth; mkdir d; touch d/x d/y")
    for transfer, name, words in (("aa", b"a.berth-theme", "one\n"), ("bb", b"b.berth-theme", "two\n")):
        files = ((b"/home/berth/" + name, name),)
        desk.display.link.send(m.FilesWanted(transfer, desk.source, "", files))
        assert desk.ready(transfer) == ()
        assert (place / transfer / os.fsdecode(name)).read_text() == words
    assert [entry.name for entry in place.iterdir()] == ["bb"]
    desk.display.link.send(m.FilesWanted("cc", desk.source, "", ((b"/home/berth/d", b"d"),)))
    assert desk.ready("cc") == (0,), "more than one file is no theme"
    desk.display.link.send(m.FilesWanted("../x", desk.source, "", ((b"/home/berth/d", b"d"),)))
    assert desk.ready("../x") == (0,)
    assert place.parent == desk.engine.paths.state and place.stat().st_mode & 0o077 == 0
