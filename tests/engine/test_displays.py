"""Which ways of display an app is offered, and what is said of the others."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import msgspec
import pytest

from berth.core import messages as m
from berth.core.manifest import Display, ImageSource, Manifest, WebPage, parse_manifest
from berth.core.problem import Problem
from berth.engine.catalogue import Entry
from berth.engine.displays import check_choice, fitting, needs_terminal, possible
from berth.engine.images.sources import host_suite
from berth.engine.images.store import ImageStore
from tests.engine.conftest import write_manifest, write_rootfs
from tests.engine.process import EngineProcess

XPRA: tuple[Display, ...] = ("xpra",) if host_suite() == "bookworm" else ()
HEAD = 'id = "org.example.App"\nname = "App"\ncommand = ["app"]\n'


def entry(folder: Path, text: str = "") -> Entry:
    path = folder / "org.example.App.toml"
    path.write_text(HEAD + text)
    return Entry(parse_manifest(path.read_text(), str(path)), path, "x")


def image(folder: Path, *programs: str) -> str:
    rootfs = folder / "rootfs"
    (rootfs / "usr/bin").mkdir(parents=True)
    for program in programs:
        (rootfs / "usr/bin" / program).touch()
    return str(rootfs)


@pytest.mark.parametrize(
    ("text", "programs", "ways"),
    [
        ("", (), ("wayland",)),
        ("", ("Xwayland", "xpra", "foot", "chromium"), ("wayland", "xwayland", "xpra", "terminal")),
        ("[web]\nport = 8080\n", ("chromium",), ("wayland", "web")),
        ('display = "terminal"\n', ("foot",), ("terminal",)),
        ('display = "terminal"\n', (), ("terminal",)),
        ('display = "web"\n[web]\nport = 8080\n', ("foot", "chromium"), ("terminal", "web")),
    ],
)
def test_what_is_offered_follows_from_the_image(
    tmp_path: Path, text: str, programs: tuple[str, ...], ways: tuple[Display, ...]
) -> None:
    assert possible(entry(tmp_path, text), image(tmp_path, *programs)) == ways


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("", ("wayland",)),
        ('image = { base = "base", packages = ["app"] }\n', ("wayland",)),
        ('image = { base = "base", packages = ["app", "foot"] }\n', ("wayland", "terminal")),
        ('image = { base = "x11", packages = ["app"] }\n', ("wayland", "xwayland")),
        ('image = { base = "xpra", packages = ["app"] }\n', ("wayland", "xwayland", *XPRA)),
        ('image = { base = "gtk", packages = ["app", "xpra"] }\n', ("wayland", "xpra")),
        ('image = { base = "nowhere", packages = ["app"] }\n', ("wayland",)),
        ('display = "web"\nweb = { port = 8080 }\nimage = { base = "web", packages = ["app"] }\n', ("web",)),
    ],
)
def test_before_there_is_an_image_it_follows_from_the_packages(
    tmp_path: Path, text: str, ways: tuple[Display, ...]
) -> None:
    assert possible(entry(tmp_path, text), "") == ways


@pytest.mark.parametrize(
    ("display", "said"),
    [
        ("wayland", "App has no windows of its own."),
        ("xwayland", "App cannot be shown by Xwayland: its image has no Xwayland."),
        ("xpra", "App cannot be shown by Xpra: its image has no xpra."),
        ("terminal", "App cannot be shown in a terminal: its image has no foot."),
        ("web", "App has no page: its manifest names no port of one."),
    ],
)
def test_what_is_said_of_the_others(display: Display, said: str) -> None:
    with pytest.raises(Problem) as raised:
        check_choice(Manifest("a.B", "App", ("app",), display=display), ())
    assert (raised.value.code, raised.value.message) == ("display-impossible", said)


def test_an_image_that_lacks_what_its_display_needs_is_not_started(tmp_path: Path) -> None:
    rootfs = image(tmp_path, "foot")
    for able in (Manifest("a.B", "App", ("app",)), Manifest("a.B", "App", ("app",), display="terminal")):
        assert fitting(able, rootfs, False) is able
    with pytest.raises(Problem, match="App cannot be shown in a browser: its image has no chromium") as raised:
        fitting(Manifest("a.B", "App", ("app",), display="web", web=WebPage(8080)), rootfs, True)
    assert raised.value.hint == "If its manifest is newer than its image: berth update a.B"


def test_a_terminal_is_lent_to_an_image_that_has_none(tmp_path: Path) -> None:
    manifest = Manifest("a.B", "App", ("app",), display="terminal")
    with_one, without = image(tmp_path / "with", "foot"), image(tmp_path / "without")
    assert (needs_terminal(manifest, with_one), needs_terminal(manifest, without)) == (False, True)
    assert fitting(manifest, without, True) is manifest
    assert fitting(manifest, without, False).display == "wayland", "an image from elsewhere runs as before"
    built = msgspec.structs.replace(manifest, image=ImageSource("base", ("app",)))
    with pytest.raises(Problem, match="App cannot be shown in a terminal: its image has no foot"):
        fitting(built, without, False)
    derived = Entry(manifest, tmp_path, "x", derived=True)
    assert possible(derived, without) == ("wayland", "terminal"), "what was guessed can be changed"


def test_without_xpra_there_is_xwayland(tmp_path: Path) -> None:
    """Trixie has no Xpra."""
    manifest = Manifest("a.B", "App", ("app",), display="xpra")
    both, one, none = (tmp_path / name for name in ("both", "one", "none"))
    assert fitting(manifest, image(both, "xpra", "Xwayland"), False) is manifest
    assert fitting(manifest, image(one, "Xwayland"), False).display == "xwayland"
    with pytest.raises(Problem, match="its image has no xpra"):
        fitting(manifest, image(none, "foot"), False)


def test_what_is_shown_by_xwayland_instead_is_one_window_and_up_to_date(
    base: Path, image_store: Path, manifests: Path, tmp_path: Path
) -> None:
    app, archive = "org.example.Shown", tmp_path / "org.example.Shown.tar"
    write_manifest(manifests, app, '["/bin/sleep", "1000"]', 'display = "xpra"')
    write_rootfs(archive)
    server = b"#!/bin/sh\necho 0 >&3\nexec sleep 1000\n"
    with tarfile.open(archive, "a") as tar:
        program = tarfile.TarInfo("usr/bin/Xwayland")
        program.mode, program.size = 0o755, len(server)
        tar.addfile(program, io.BytesIO(server))
        for applet in ("mktemp", "mkfifo", "rm"):
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    images = tmp_path / "images"
    shutil.copytree(image_store, images, symlinks=True)
    ImageStore(images).import_archive(archive)

    engine = EngineProcess(base, images, manifests)
    try:
        display, caller = engine.display(), engine.caller()
        caller.call(m.RunApp(app))
        assert display.expect(m.ListenInstance).nested
        caller.call(m.ChangeSettings(app, "", (("environment.X", "new"),)))
        caller.event(m.InstanceChanged, lambda event: event.info.outdated)
        caller.events.clear()
        caller.call(m.ChangeSettings(app, "", (("environment.X", None),)))
        caller.event(m.InstanceChanged, lambda event: not event.info.outdated)
    finally:
        engine.end()
