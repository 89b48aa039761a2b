"""wp_linux_drm_syncobj: explicit synchronisation. A played device has sockets for timelines."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pywayland.protocol.linux_drm_syncobj_v1 import WpLinuxDrmSyncobjManagerV1

from berth.core import messages as m
from berth.core.permissions import GPU
from berth.core.pixels import DRM_XRGB8888
from berth.display import drm
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import Window
from tests.display.test_dmabuf import DEVICE, FORMATS, NAME, TILED, GpuApp, until_closed, until_shown
from tests.ready import readable

PLAYED = f"""
import os, stat, struct
from berth.display import __main__, drm

class Timeline:
    "Every point has been reached once there is something to be read."
    def __init__(self, fd):
        self.fd = os.dup(fd)
    def reached(self, point):
        if point == 13:
            raise OSError(22, "an unlucky number")
        return os.dup(self.fd)
    def signal(self, point):
        os.write(self.fd, struct.pack("=Q", point))
    def __del__(self):
        os.close(self.fd)

class Device:
    def import_timeline(self, fd):
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            raise OSError(22, "no timeline")
        return Timeline(fd)

drm.open_device = lambda number: Device() if number == {DEVICE} else None
__main__.main()
"""


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Display]:
    display = Display(tmp_path, ("-c", PLAYED))
    try:
        yield display
    finally:
        display.stop()


class Timeline:
    def __init__(self, one: SyncApp) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.object: Object = one.sync.import_timeline(self.theirs.fileno())
        self.ours.settimeout(30)

    def reach(self) -> None:
        self.ours.send(b"!")

    @property
    def signalled(self) -> int:
        """The next point that the display server has reached."""
        return int(struct.unpack("=Q", self.ours.recv(8))[0])

    @property
    def silent(self) -> bool:
        return not readable([self.ours.fileno()])

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


class SyncApp(GpuApp):
    """An app with a window that uses explicit synchronisation."""

    def __init__(self, display: Display) -> None:
        super().__init__(display)
        self.sync = self.app.bind(WpLinuxDrmSyncobjManagerV1)
        self.window = Window(self.app, 20, 10)
        self.surface: Object = self.sync.get_surface(self.window.surface)
        self.acquire, self.release = Timeline(self), Timeline(self)

    def points(self, acquire: int, release: int) -> None:
        self.surface.set_acquire_point(self.acquire.object, acquire >> 32, acquire & 0xFFFFFFFF)
        self.surface.set_release_point(self.release.object, release >> 32, release & 0xFFFFFFFF)

    def close(self) -> None:
        super().close()
        self.acquire.close()
        self.release.close()


@pytest.fixture
def one(played: Display) -> Iterator[SyncApp]:
    app = SyncApp(played)
    yield app
    app.close()


def descriptors(display: Display) -> int:
    return len(list(Path(f"/proc/{display.process.pid}/fd").iterdir()))


def shown(ui_states: dict[int, m.SurfaceState]) -> list[int]:
    return [state.surface for state in ui_states.values() if state.slot != m.NO_CONTENT]


def test_it_exists_where_the_device_can(played: Display) -> None:
    ui = played.ui()
    app = played.app(played.instance(granted=(GPU,)))
    ui.send(FORMATS)
    app.until(lambda: WpLinuxDrmSyncobjManagerV1.name in app.globals)
    ui.send(m.DmabufFormats(DEVICE + 1, FORMATS.pairs))
    app.until(lambda: WpLinuxDrmSyncobjManagerV1.name not in app.globals)
    assert NAME in app.globals


def test_commits_wait_for_their_point_and_tell_when_they_are_over(one: SyncApp, played: Display) -> None:
    app, ui = one.app, one.ui
    first, second = one.buffer(one.memory(byte=1)), one.buffer(one.memory(byte=2))
    one.points(1 << 32 | 5, 2 << 32 | 7)
    one.show(one.window, first)
    app.roundtrip()
    ui.settle()
    assert [ui.pixels(number)[0] for number in shown(ui.states)] == [0x80]
    one.acquire.reach()
    until_shown(ui, 1)
    app.roundtrip()
    assert one.release.silent
    before = descriptors(played)
    one.points(6, 8)
    one.show(one.window, second)
    until_shown(ui, 2)
    assert one.release.signalled == 2 << 32 | 7
    # What is given up while it waits is free at once.
    late = Timeline(one)
    one.surface.set_acquire_point(late.object, 0, 1)
    one.surface.set_release_point(one.release.object, 0, 9)
    one.show(one.window, first)
    app.roundtrip()
    ui.settle()
    assert one.release.silent
    for gone in (one.window.toplevel, one.window.xdg, one.window.surface):
        gone.destroy()
    app.roundtrip()
    assert {one.release.signalled, one.release.signalled} == {8, 9}
    late.close()
    late.object.destroy()
    app.roundtrip()
    assert descriptors(played) <= before


def test_memory_that_is_still_read_is_not_free_yet(one: SyncApp) -> None:
    app, ui = one.app, one.ui
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            theirs.send(bytes(4096))
    ours.send(b"drawn")
    params = one.params(one.memory(byte=3), TILED)
    params.add(theirs.fileno(), 1, 0, 80, TILED >> 32, TILED & 0xFFFFFFFF)
    buffer = params.create_immed(20, 10, DRM_XRGB8888, 0)
    one.acquire.reach()
    one.points(1, 2)
    one.show(one.window, buffer)
    until_shown(ui, 3)
    one.points(3, 4)
    one.show(one.window, one.buffer(one.memory(byte=4)))
    app.until(lambda: buffer.named("release"))
    buffer.destroy()
    app.roundtrip()
    assert one.release.silent
    ours.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            ours.recv(65536)
    assert one.release.signalled == 2
    ours.close()
    theirs.close()


def test_app_that_goes_leaves_nothing(one: SyncApp, played: Display) -> None:
    before = descriptors(played)
    one.points(1, 2)
    one.show(one.window, one.buffer(one.memory(byte=3)))
    one.app.roundtrip()
    one.app.close()
    until_closed(one)
    deadline = time.monotonic() + 60
    while descriptors(played) >= before:
        assert time.monotonic() < deadline
        one.ui.settle()


def commit(one: SyncApp, buffer: bool = True) -> None:
    if buffer:
        one.window.surface.attach(one.buffer(one.memory()), 0, 0)
    one.window.surface.commit()


def after_surface(one: SyncApp, then: Callable[[], object]) -> None:
    one.window.toplevel.destroy()
    one.window.xdg.destroy()
    one.window.surface.destroy()
    then()


def same_timeline(one: SyncApp) -> None:
    one.surface.set_acquire_point(one.acquire.object, 0, 5)
    one.surface.set_release_point(one.acquire.object, 0, 5)
    commit(one)


SURFACE, MANAGER = "wp_linux_drm_syncobj_surface_v1", "wp_linux_drm_syncobj_manager_v1"
WRONG: dict[str, tuple[Callable[[SyncApp], object], str, int]] = {
    "second object": (lambda one: one.sync.get_surface(one.window.surface), MANAGER, 0),
    "no timeline": (lambda one: one.sync.import_timeline(one.memory().fd), MANAGER, 1),
    "acquire after the surface": (
        lambda one: after_surface(one, lambda: one.surface.set_acquire_point(one.acquire.object, 0, 1)),
        SURFACE,
        1,
    ),
    "release after the surface": (
        lambda one: after_surface(one, lambda: one.surface.set_release_point(one.acquire.object, 0, 1)),
        SURFACE,
        1,
    ),
    "shared memory": (lambda one: (one.points(1, 2), one.app.show(one.window.surface, one.window.pixels)), SURFACE, 2),
    "no buffer": (lambda one: (one.points(1, 2), commit(one, buffer=False)), SURFACE, 3),
    "no acquire": (
        lambda one: (one.surface.set_release_point(one.release.object, 0, 1), commit(one)),
        SURFACE,
        4,
    ),
    "no release": (
        lambda one: (one.surface.set_acquire_point(one.acquire.object, 0, 1), commit(one)),
        SURFACE,
        5,
    ),
    "conflicting": (same_timeline, SURFACE, 6),
    "nothing to wait for": (lambda one: (one.points(13, 14), commit(one)), "wl_display", 3),
}


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Display]:
    """One display server for all wrong use: each app has an instance of its own."""
    display = Display(tmp_path_factory.mktemp("syncobj"), ("-c", PLAYED))
    try:
        yield display
    finally:
        display.stop()


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_an_error(lasting: Display, what: str) -> None:
    wrong, interface, code = WRONG[what]
    (lasting.directory / "wayland-gpu").unlink(missing_ok=True)
    one = SyncApp(lasting)
    wrong(one)
    with pytest.raises(ClientError) as raised:
        one.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface, code)
    one.close()
    one.app.close()
    one.ui.close()
    lasting.engine.send(m.ForgetInstance("gpu"))


def test_timelines_are_limited(one: SyncApp) -> None:
    with pytest.raises(ClientError, match="more than 1024 objects"):
        for _ in range(1025):
            one.sync.import_timeline(one.acquire.theirs.fileno())
        one.app.roundtrip()


def test_objects_may_go_in_any_order(one: SyncApp) -> None:
    one.points(1, 2)
    one.acquire.object.destroy()
    one.sync.destroy()
    one.show(one.window, one.buffer(one.memory(byte=7)))
    one.acquire.reach()
    until_shown(one.ui, 7)
    one.surface.destroy()
    one.app.show(one.window.surface, one.app.pixels(20, 10))
    one.app.flush()
    assert one.release.signalled == 2


# --- the device itself


class Kernel:
    """Plays the part behind ioctl."""

    def __init__(self, timelines: int = 1, unknown: int = errno.ENOENT) -> None:
        self.timelines, self.unknown = timelines, unknown
        self.asked: list[tuple[int, bytes]] = []

    def __call__(self, fd: int, request: int, argument: Any) -> int:
        os.fstat(fd)
        number, size = request & 0xFF, request >> 16 & 0x3FFF
        assert (request >> 30, request >> 8 & 0xFF, size) == (3, ord("d"), len(argument))
        self.asked.append((number, bytes(argument)))
        if number == 0x0C:
            argument[8:16] = struct.pack("=Q", self.timelines)
        elif number == 0xC2:
            argument[:4] = struct.pack("=I", 42)
        elif number == 0xCF and struct.unpack_from("=I", argument)[0] == 0:
            raise OSError(self.unknown, os.strerror(self.unknown))
        return 0


def device(kernel: Kernel) -> drm.Device:
    return drm.Device(os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC), kernel)


@pytest.mark.parametrize(
    ("kernel", "able"),
    [(Kernel(), True), (Kernel(timelines=0), False), (Kernel(unknown=errno.EINVAL), False)],
)
def test_what_a_device_can_do_is_asked(kernel: Kernel, able: bool) -> None:
    assert device(kernel).has_timelines() is able


def test_the_kernel_is_asked_as_drm_h_says() -> None:
    kernel = Kernel()
    opened = device(kernel)
    timeline = opened.import_timeline(7)
    fd = timeline.reached(1 << 40)
    assert not readable([fd])
    os.eventfd_write(fd, 1)
    assert readable([fd])
    timeline.signal(9)
    assert kernel.asked[0] == (0xC2, struct.pack("=IIiI", 0, 0, 7, 0))
    assert kernel.asked[1] == (0xCF, struct.pack("=IIQiI", 42, 0, 1 << 40, fd, 0))
    number, argument = kernel.asked[2]
    assert number == 0xCD and struct.unpack("=QQII", argument)[2:] == (1, 0)
    os.close(fd)
    del opened, timeline
    assert kernel.asked[3] == (0xC0, struct.pack("=II", 42, 0))


def test_no_descriptor_is_left_of_a_question_that_failed() -> None:
    opened = device(Kernel())
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="No such file"):
        opened.reached(0, 1)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_there_may_be_no_device() -> None:
    assert drm.open_device(0) is None
