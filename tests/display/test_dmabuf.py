"""zwp_linux_dmabuf_v1: buffers in graphics memory, played by files: the display server passes on what it is given."""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pywayland.protocol import single_pixel_buffer_v1
from pywayland.protocol.ext_image_capture_source_v1 import ExtOutputImageCaptureSourceManagerV1
from pywayland.protocol.ext_image_copy_capture_v1 import ExtImageCopyCaptureManagerV1
from pywayland.protocol.linux_dmabuf_v1 import ZwpLinuxDmabufV1
from pywayland.protocol.wayland import WlCompositor, WlOutput

from berth.core import messages as m
from berth.core.permissions import GPU, SCREEN_CAPTURE
from berth.core.pixels import ARGB8888, DRM_ARGB8888, DRM_XRGB8888, IMPLICIT_MODIFIER, LINEAR, XRGB8888
from berth.display.screencopy import ZwlrScreencopyManagerV1
from tests.display.client import ClientError, Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi

TILED = 1 << 56 | 7
DEVICE = 226 << 8 | 128
FORMATS = m.DmabufFormats(DEVICE, ((ARGB8888, LINEAR), (XRGB8888, LINEAR), (XRGB8888, TILED), (99, LINEAR)))
NAME = ZwpLinuxDmabufV1.name
PARAMS = "zwp_linux_buffer_params_v1"


class Memory:
    """A file that plays graphics memory of one plane."""

    def __init__(self, width: int, height: int, byte: int = 0x80) -> None:
        self.width, self.height = width, height
        self.fd = os.memfd_create("dmabuf")
        os.write(self.fd, bytes([byte]) * (width * height * 4))
        self.memory = mmap.mmap(self.fd, 0)

    def add(self, params: Object, modifier: int = LINEAR) -> None:
        params.add(self.fd, 0, 0, self.width * 4, modifier >> 32, modifier & 0xFFFFFFFF)


class GpuApp:
    """An app with the permission, in front of a ui that can show graphics memory."""

    def __init__(self, display: Display, version: int = 0, formats: m.DmabufFormats = FORMATS) -> None:
        self.display = display
        self.ui = display.ui()
        self.ui.send(formats)
        self.ui.settle()
        self.app: App = display.app(display.instance("gpu", granted=(GPU,)))
        self.manager = self.app.bind(ZwpLinuxDmabufV1, version)
        self.made: list[Memory] = []

    def memory(self, width: int = 20, height: int = 10, byte: int = 0x80) -> Memory:
        self.made.append(Memory(width, height, byte))
        return self.made[-1]

    def params(self, memory: Memory, modifier: int = LINEAR) -> Object:
        params: Object = self.manager.create_params()
        memory.add(params, modifier)
        return params

    def buffer(self, memory: Memory, format_: int = DRM_ARGB8888) -> Object:
        params = self.params(memory)
        made: Object = params.create_immed(memory.width, memory.height, format_, 0)
        params.destroy()
        return made

    def show(self, window: Window, buffer: Object) -> None:
        window.surface.attach(buffer, 0, 0)
        window.surface.damage_buffer(0, 0, 1000, 1000)
        window.surface.commit()
        self.app.flush()

    def close(self) -> None:
        for memory in self.made:
            memory.memory.close()
            os.close(memory.fd)


Make = Callable[..., GpuApp]


@pytest.fixture
def gpu(display: Display) -> Iterator[Make]:
    made: list[GpuApp] = []

    def make(**options: object) -> GpuApp:
        made.append(GpuApp(display, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()


def until_shown(ui: FakeUi, byte: int) -> m.SurfaceState:
    def shown() -> list[m.SurfaceState]:
        states = (state for state in ui.states.values() if state.slot != m.NO_CONTENT)
        return [state for state in states if ui.pixels(state.surface)[:1] == bytes([byte])]

    ui.until(shown)
    return shown()[0]


def still_window(one: GpuApp) -> Window:
    """A window of which everything has been drawn; from now on frames are drawn by hand."""
    window = Window(one.app, 20, 10)
    one.ui.until(lambda: any(shown.mapped for shown in one.ui.windows.values()))
    one.ui.settle()  # what waited for the first frame
    one.ui.settle()
    one.ui.auto_frames = False
    return window


def descriptors(display: Display) -> list[str]:
    """Descriptors of the display server that are files of tests."""
    folder = Path(f"/proc/{display.process.pid}/fd")
    names = []
    for fd in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            names.append(str(fd.readlink()))
    return [name for name in names if "memfd:dmabuf" in name]


def until_closed(one: GpuApp, ui: FakeUi | None = None) -> None:
    """Nothing is left of graphics memory, neither in the display server nor in the ui."""
    ui = ui or one.ui
    deadline = time.monotonic() + 60
    ui.settle()
    while descriptors(one.display) or ui.dmabufs:
        assert time.monotonic() < deadline, (descriptors(one.display), ui.dmabufs)
        ui.settle()


# --- what apps are told


def test_it_exists_for_apps_with_the_permission_while_the_ui_can_show_it(display: Display) -> None:
    ui = display.ui()
    without = display.app(display.instance("plain"))
    app = display.app(display.instance(granted=(GPU,)))
    assert NAME not in app.globals
    ui.send(FORMATS)
    app.until(lambda: NAME in app.globals)
    without.roundtrip()
    assert NAME not in without.globals
    ui.close()
    app.roundtrip()
    assert app.globals[NAME][1] == 6
    display.ui().send(m.DmabufFormats())
    app.until(lambda: NAME not in app.globals)


def table(app: App, feedback: Object) -> list[tuple[int, int]]:
    fd, size = feedback.last("format_table")
    with mmap.mmap(fd, size, mmap.MAP_PRIVATE, mmap.PROT_READ) as rows:
        found = [(form, modifier) for form, _pad, modifier in struct.iter_unpack("=IIQ", rows[:])]
    with pytest.raises(OSError):
        os.pwrite(fd, b"x", 0)
    os.close(fd)
    return found


@pytest.mark.parametrize("version", [4, 6])
def test_feedback(gpu: Make, version: int) -> None:
    one = gpu(version=version)
    app, ui = one.app, one.ui
    surface = app.surface()
    all_feedback = [one.manager.get_default_feedback(), one.manager.get_surface_feedback(surface)]
    app.roundtrip()
    device = struct.pack("=Q", DEVICE)
    for feedback in all_feedback:
        names = [event.name for event in feedback.events]
        head = ["format_table", "main_device"] if version < 6 else ["format_table"]
        tranche = ["tranche_target_device", "tranche_flags", "tranche_formats", "tranche_done"]
        assert names == [*head, *tranche, "done"]
        assert table(app, feedback) == [(DRM_ARGB8888, LINEAR), (DRM_XRGB8888, LINEAR), (DRM_XRGB8888, TILED)]
        assert feedback.last("tranche_target_device") == (device,)
        assert feedback.last("tranche_formats") == (struct.pack("=3H", 0, 1, 2),)
        assert feedback.last("tranche_flags") == (2 if version >= 6 else 0,)
    assert not one.manager.events
    # Another ui can do less: all are told anew, but for the surface that is gone.
    surface.destroy()
    app.roundtrip()
    ui.send(FORMATS, m.DmabufFormats(DEVICE + 1, ((XRGB8888, LINEAR),)))
    app.until(lambda: len(all_feedback[0].named("done")) == 2)
    assert table(app, all_feedback[0]) == [(DRM_XRGB8888, LINEAR)]
    assert all_feedback[0].last("tranche_target_device") == (struct.pack("=Q", DEVICE + 1),)
    app.roundtrip()
    assert len(all_feedback[1].named("done")) == 1
    for feedback in all_feedback:
        feedback.destroy()
    one.manager.destroy()
    app.roundtrip()


def test_old_versions_are_told_as_they_knew_it(gpu: Make) -> None:
    one = gpu(version=3)
    one.app.roundtrip()
    parts = [(0, LINEAR), (0, LINEAR), (TILED >> 32, TILED & 0xFFFFFFFF)]
    codes = [DRM_ARGB8888, DRM_XRGB8888, DRM_XRGB8888]
    assert [event.arguments for event in one.manager.named("modifier")] == [
        (code, *part) for code, part in zip(codes, parts, strict=True)
    ]
    assert not one.manager.named("format")
    older = one.app.bind(ZwpLinuxDmabufV1, 1)
    one.app.roundtrip()
    assert [event.arguments for event in older.events] == [(DRM_ARGB8888,), (DRM_XRGB8888,)]


# --- buffers


def test_buffer_is_shown_from_where_it_is(gpu: Make) -> None:
    one = gpu()
    app, ui = one.app, one.ui
    window = still_window(one)
    first, second = one.memory(byte=0x11), one.memory(byte=0x22)
    params = one.params(first)
    params.create(20, 10, DRM_XRGB8888, 0)
    app.until(lambda: params.named("created"))
    (buffer,) = params.last("created")
    params.destroy()
    other = one.buffer(second, DRM_XRGB8888)
    one.show(window, buffer)
    state = until_shown(ui, 0x11)
    assert (state.width, state.height, state.stride, state.opaque) == (20, 10, 80, True)
    assert state.damage == ((0, 0, 20, 10),)
    # What the app draws is seen without a copy, until it may draw no more.
    first.memory[:1] = b"\x12"
    assert ui.pixels(state.surface)[0] == 0x12
    ui.done()
    one.show(window, other)
    until_shown(ui, 0x22)
    app.roundtrip()
    assert not buffer.events and not other.events
    ui.done()
    app.until(lambda: buffer.named("release"))
    assert not other.events
    # Back to a buffer that the ui knows already: it is not told again.
    one.show(window, buffer)
    until_shown(ui, 0x12)
    ui.done()
    app.until(lambda: other.named("release"))
    assert len(ui.dmabufs) == 2 and sum(isinstance(x, m.SlotImported) for x in ui.log) == 2
    # And to shared memory.
    app.show(window.surface, app.pixels(20, 10, 0x33))
    app.flush()
    until_shown(ui, 0x33)
    assert len(buffer.named("release")) == 1
    ui.done()
    app.until(lambda: len(buffer.named("release")) == 2)


def test_buffer_that_is_overtaken_before_it_was_told_is_released_at_once(gpu: Make) -> None:
    one = gpu()
    ui = one.ui
    window = still_window(one)
    buffers = [one.buffer(one.memory(byte=byte)) for byte in (1, 2, 3)]
    one.app.roundtrip()
    ui.settle()
    one.show(window, buffers[0])
    until_shown(ui, 1)
    one.show(window, buffers[1])
    one.show(window, buffers[2])
    one.app.until(lambda: buffers[1].named("release"))
    assert not buffers[0].events
    ui.done()
    until_shown(ui, 3)
    ui.done()
    one.app.until(lambda: buffers[0].named("release"))
    window.surface.attach(None, 0, 0)
    window.surface.commit()
    one.app.flush()
    ui.until(lambda: all(state.slot == m.NO_CONTENT for state in ui.states.values()))
    assert not buffers[2].events
    ui.done()
    one.app.until(lambda: buffers[2].named("release"))


def test_one_use_of_a_buffer_has_its_own_release(gpu: Make) -> None:
    one = gpu()
    window = Window(one.app, 20, 10)
    compositor = one.app.bind(WlCompositor)
    assert compositor.version >= 7
    buffer = one.buffer(one.memory(byte=5))
    callback = window.surface.get_release()
    one.show(window, buffer)
    until_shown(one.ui, 5)
    one.app.roundtrip()
    assert not callback.events
    one.app.show(window.surface, one.app.pixels(20, 10))
    one.app.until(lambda: callback.named("done") and buffer.named("release"))


def test_buffer_destroyed_while_it_is_shown_stays_until_it_is_not(gpu: Make, display: Display) -> None:
    one = gpu()
    window = Window(one.app, 20, 10)
    buffer = one.buffer(one.memory(byte=7))
    one.show(window, buffer)
    until_shown(one.ui, 7)
    buffer.destroy()
    one.app.roundtrip()
    assert one.ui.dmabufs and descriptors(display)
    one.ui.close()
    ui = display.ui()
    until_shown(ui, 7)
    one.app.show(window.surface, one.app.pixels(20, 10, 9))
    one.app.flush()
    until_shown(ui, 9)
    until_closed(one, ui)


def test_next_ui_gets_it_again(gpu: Make, display: Display) -> None:
    one = gpu()
    window = Window(one.app, 20, 10)
    buffers = [one.buffer(one.memory(byte=byte)) for byte in (1, 2)]
    one.show(window, buffers[0])
    until_shown(one.ui, 1)
    one.show(window, buffers[1])
    until_shown(one.ui, 2)
    one.ui.close()
    one.app.until(lambda: buffers[0].named("release"))
    ui = display.ui()
    until_shown(ui, 2)
    one.show(window, buffers[0])
    until_shown(ui, 1)
    one.app.until(lambda: buffers[1].named("release"))


def test_commit_waits_until_the_ui_has_taken_its_buffer(gpu: Make) -> None:
    one = gpu()
    ui = one.ui
    ui.takes_dmabufs = None
    window = Window(one.app, 20, 10)
    child = one.app.surface()
    one.app.subcompositor.get_subsurface(child, window.surface)
    buffer = one.buffer(one.memory(byte=3))
    child.attach(buffer, 0, 0)
    child.commit()
    window.surface.commit()
    one.app.show(window.surface, one.app.pixels(20, 10, 0x44))
    one.app.roundtrip()
    ui.settle()
    assert all(ui.pixels(state.surface)[0] == 0x80 for state in ui.states.values() if state.slot != m.NO_CONTENT)
    ui.send(m.DmabufChecked(next(iter(ui.dmabufs)), True))
    until_shown(ui, 3)
    until_shown(ui, 0x44)


def test_commit_waits_until_the_graphics_hardware_has_drawn(gpu: Make) -> None:
    one = gpu()
    window = Window(one.app, 20, 10)
    memory = one.memory(byte=6)
    # A pipe plays the part of memory that is still drawn into: it is readable once that is over.
    reader, writer = os.pipe()
    params = one.params(memory, TILED)
    params.add(reader, 1, 0, 80, TILED >> 32, TILED & 0xFFFFFFFF)
    os.close(reader)
    buffer = params.create_immed(20, 10, DRM_XRGB8888, 0)
    one.app.roundtrip()
    one.ui.settle()  # it has been taken
    one.show(window, buffer)
    one.app.roundtrip()
    one.ui.settle()
    assert [one.ui.pixels(state.surface)[0] for state in one.ui.states.values()] == [0x80]
    os.write(writer, b"!")
    until_shown(one.ui, 6)
    os.close(writer)


def test_surface_has_a_buffer_while_its_commit_waits(gpu: Make) -> None:
    one = gpu()
    one.ui.takes_dmabufs = None
    surface = one.app.surface()
    surface.attach(one.buffer(one.memory()), 0, 0)
    surface.commit()
    one.app.wm.get_xdg_surface(surface)
    with pytest.raises(ClientError, match="has a buffer already"):
        one.app.roundtrip()


def test_app_that_goes_while_it_is_waited_for(gpu: Make, display: Display) -> None:
    one = gpu()
    window = Window(one.app, 20, 10)
    reader, writer = os.pipe()
    params = one.params(one.memory(), TILED)
    params.add(reader, 1, 0, 80, TILED >> 32, TILED & 0xFFFFFFFF)
    os.close(reader)
    one.show(window, params.create_immed(20, 10, DRM_XRGB8888, 0))
    one.app.roundtrip()
    one.app.close()
    until_closed(one)
    os.close(writer)


def test_memory_that_the_ui_cannot_show(gpu: Make, display: Display) -> None:
    one = gpu()
    one.ui.takes_dmabufs = False
    params = one.params(one.memory())
    params.create(20, 10, DRM_ARGB8888, 0)
    one.app.until(lambda: params.named("failed"))
    params.destroy()
    one.ui.until(lambda: not one.ui.dmabufs)
    for bad in (1, 4, 8):  # flags: upside down, in two fields, unknown
        params = one.params(one.memory())
        params.create(20, 10, DRM_ARGB8888, bad)
        one.app.until(lambda params=params: params.named("failed"))  # type: ignore[misc]
    one.app.roundtrip()
    assert not one.ui.dmabufs
    params = one.params(one.memory())
    params.create_immed(20, 10, DRM_ARGB8888, 0)
    with pytest.raises(ClientError) as raised:
        one.app.until(lambda: False)
    assert (raised.value.interface, raised.value.code) == (PARAMS, 7)
    until_closed(one)


def test_creation_given_up(gpu: Make, display: Display) -> None:
    one = gpu()
    one.ui.takes_dmabufs = None
    params = one.params(one.memory())
    params.create(20, 10, DRM_ARGB8888, 0)
    one.app.roundtrip()
    one.ui.until(lambda: one.ui.dmabufs)
    (number,) = one.ui.dmabufs
    params.destroy()
    one.app.flush()
    one.ui.until(lambda: not one.ui.dmabufs)
    one.ui.send(m.DmabufChecked(number, True))
    one.ui.settle()
    one.params(one.memory()).destroy()
    one.app.roundtrip()
    until_closed(one)


def test_formats_that_were_good_once_fail_without_an_error(gpu: Make) -> None:
    one = gpu()
    one.ui.send(m.DmabufFormats(DEVICE, ((XRGB8888, LINEAR),)))
    one.ui.settle()
    params = one.params(one.memory())
    params.create(20, 10, DRM_ARGB8888, 0)
    one.app.until(lambda: params.named("failed"))


def test_bound_before_it_vanished(gpu: Make) -> None:
    one = gpu()
    one.ui.send(m.DmabufFormats())
    one.app.until(lambda: NAME not in one.app.globals)
    params = one.params(one.memory())
    params.create(20, 10, DRM_ARGB8888, 0)
    feedback = one.manager.get_default_feedback()
    one.app.until(lambda: params.named("failed") and feedback.named("done"))
    assert len(table(one.app, feedback)) == 3


def test_a_buffer_of_one_pixel_can_follow(gpu: Make) -> None:
    one = gpu()
    window = Window(one.app, 20, 10)
    one.show(window, one.buffer(one.memory(byte=9)))
    until_shown(one.ui, 9)
    pixel = one.app.bind(single_pixel_buffer_v1.WpSinglePixelBufferManagerV1).create_u32_rgba_buffer(0, 0, 0, 0)
    one.show(window, pixel)
    until_shown(one.ui, 0)


def test_pictures_of_the_screen_go_into_shared_memory_alone(gpu: Make) -> None:
    one = gpu()
    one.ui.send(m.OutputChanged(20, 10))
    one.display.grant(GPU, SCREEN_CAPTURE, name="gpu")
    one.ui.settle()
    one.app.until(lambda: ZwlrScreencopyManagerV1.name in one.app.globals)
    output = one.app.bind(WlOutput)
    source = one.app.bind(ExtOutputImageCaptureSourceManagerV1).create_source(output)
    frame = one.app.bind(ExtImageCopyCaptureManagerV1).create_session(source, 0).create_frame()
    buffer = one.buffer(one.memory(), DRM_XRGB8888)
    frame.attach_buffer(buffer)
    frame.capture()
    one.app.until(lambda: frame.named("failed"))
    copying = one.app.bind(ZwlrScreencopyManagerV1).capture_output(0, output)
    copying.copy(buffer)
    with pytest.raises(ClientError, match="screencopy"):
        one.app.roundtrip()


# --- wrong use


def immed(one: GpuApp, width: int = 20, height: int = 10, format_: int = DRM_ARGB8888, **how: int) -> Object:
    params = one.params(one.memory(), how.get("modifier", LINEAR))
    params.create_immed(width, height, format_, 0)
    return params


def add(params: Object, fd: int, index: int, offset: int = 0, stride: int = 80, modifier: int = LINEAR) -> None:
    params.add(fd, index, offset, stride, modifier >> 32, modifier & 0xFFFFFFFF)


def two_planes(one: GpuApp, index: int, modifier: int = LINEAR, format_: int = DRM_ARGB8888) -> None:
    memory = one.memory()
    params = one.params(memory)
    add(params, memory.fd, index, modifier=modifier)
    params.create(20, 10, format_, 0)


def placed(one: GpuApp, offset: int, stride: int) -> None:
    params = one.manager.create_params()
    add(params, one.memory().fd, 0, offset, stride)
    params.create(20, 10, DRM_ARGB8888, 0)


def after_create(one: GpuApp, then: Callable[[Object], object]) -> None:
    params = one.params(one.memory())
    params.create(20, 10, DRM_ARGB8888, 0)
    then(params)


WRONG: dict[str, tuple[Callable[[GpuApp], object], int]] = {
    "create twice": (lambda one: after_create(one, lambda p: p.create(20, 10, DRM_ARGB8888, 0)), 0),
    "create_immed after create": (lambda one: after_create(one, lambda p: p.create_immed(1, 1, DRM_ARGB8888, 0)), 0),
    "add after create": (lambda one: after_create(one, lambda p: one.made[0].add(p)), 0),
    "device after create": (lambda one: after_create(one, lambda p: p.set_sampling_device(bytes(8))), 0),
    "plane 4": (lambda one: add(one.manager.create_params(), one.memory().fd, 4), 1),
    "plane twice": (lambda one: one.made[0].add(one.params(one.memory())), 2),
    "no plane": (lambda one: one.manager.create_params().create(20, 10, DRM_ARGB8888, 0), 3),
    "gap": (lambda one: two_planes(one, 2), 3),
    "too many planes": (lambda one: two_planes(one, 1), 4),
    "unknown format": (lambda one: immed(one, format_=int.from_bytes(b"NV12", "little")), 4),
    "code of wl_shm": (lambda one: immed(one, format_=1), 4),
    "unknown modifier": (lambda one: immed(one, modifier=IMPLICIT_MODIFIER), 4),
    "modifiers differ": (lambda one: two_planes(one, 1, TILED, DRM_XRGB8888), 4),
    "no width": (lambda one: immed(one, width=0), 5),
    "negative height": (lambda one: immed(one, height=-1), 5),
    "rows that overlap": (lambda one: placed(one, 0, 79), 6),
    "beyond the end": (lambda one: placed(one, 4, 80), 6),
    "far beyond": (lambda one: placed(one, 0xFFFFFFFF, 0xFFFFFFFF), 6),
    "invalid at once": (lambda one: one.params(one.memory()).create_immed(20, 10, DRM_ARGB8888, 1), 7),
    "long device": (lambda one: one.manager.create_params().set_sampling_device(bytes(9)), 8),
    "short device": (lambda one: one.manager.create_params().set_sampling_device(bytes(4)), 8),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_use_is_an_error(gpu: Make, display: Display, what: str) -> None:
    wrong, code = WRONG[what]
    one = gpu()
    if what == "plane twice":
        one.memory()
    one.ui.takes_dmabufs = None
    wrong(one)
    with pytest.raises(ClientError) as raised:
        one.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (PARAMS, code)
    until_closed(one)


def test_older_versions_fail_where_newer_ones_have_errors(gpu: Make) -> None:
    one = gpu(version=3)
    params = one.params(one.memory(), IMPLICIT_MODIFIER)
    params.create(20, 10, DRM_ARGB8888, 0)
    one.app.until(lambda: params.named("failed"))


def test_planes_are_limited(gpu: Make, display: Display) -> None:
    one = gpu()
    memory = one.memory()
    with pytest.raises(ClientError, match="more than 512 planes"):
        for _ in range(129):
            params = one.manager.create_params()
            for index in range(4):
                add(params, memory.fd, index)
            one.app.roundtrip()
    display.until_engine(m.InstanceMisbehaved)
    display.until_engine(m.InstanceConnections, clients=0)
    until_closed(one)


def test_buffers_in_a_second_are_limited(display_with: DisplayWith) -> None:
    one = GpuApp(display_with({"dmabuf._IN_A_SECOND": 0}))
    memory = one.memory()
    with pytest.raises(ClientError, match="more buffers in graphics memory"):
        for _ in range(40):
            for _ in range(100):
                one.buffer(memory).destroy()
            one.app.roundtrip()
    until_closed(one)
    one.close()


def test_many_buffers_of_one_surface(gpu: Make) -> None:
    """The ui is told anew of those that come back after more others than anybody uses in turn."""
    one = gpu()
    window = Window(one.app, 20, 10)
    buffers = [one.buffer(one.memory(byte=byte)) for byte in range(1, 41)]
    for _round in range(2):
        for byte, buffer in enumerate(buffers, 1):
            one.show(window, buffer)
            until_shown(one.ui, byte)
    assert len([key for key in one.ui.slots if key[0] == next(iter(one.ui.surfaces))]) < 40
