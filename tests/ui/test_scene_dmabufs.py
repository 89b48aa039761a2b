"""Graphics memory on the screen, read by the processor. Files play its part: there is no graphics hardware in tests."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from pywayland.protocol.linux_dmabuf_v1 import ZwpLinuxDmabufV1

from berth.core.messages import DmabufOpened, SurfaceState
from berth.core.permissions import GPU
from berth.core.pixels import ARGB8888, DRM_XRGB8888, FORMATS, LINEAR, XRGB8888
from berth.ui.convert import converted
from berth.ui.mapped_dmabuf import MappedImporter, is_dmabuf
from tests.display.client import ClientError, Object
from tests.display.shapes import App, Window
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_session import BLUE, GREEN, RED, rgb, whole

PLAYED = """
from berth.ui import app, renderer
from berth.ui.mapped_dmabuf import MappedImporter
renderer.importer_for = lambda _renderer: MappedImporter(57984, {genuine})
raise SystemExit(app.main())
"""
SIZE = (300, 200)


class Memory:
    """A file in the place of graphics memory, in one opaque colour."""

    def __init__(self, colour: int, size: tuple[int, int] = SIZE) -> None:
        self.width, self.height = size
        self.fd = os.memfd_create("dmabuf")
        os.write(self.fd, colour.to_bytes(4, "little") * (self.width * self.height))
        self.memory = mmap.mmap(self.fd, 0)

    def paint(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        for row in range(y, y + height):
            start = (row * self.width + x) * 4
            self.memory[start : start + width * 4] = colour.to_bytes(4, "little") * width

    def close(self) -> None:
        self.memory.close()
        os.close(self.fd)


@contextmanager
def memories(*colours: int) -> Iterator[list[Memory]]:
    made = [Memory(colour) for colour in colours]
    yield made
    for memory in made:
        memory.close()


def played(open_session: OpenSession, genuine: str = "lambda fd: True") -> Session:
    return open_session(ui=("-c", PLAYED.format(genuine=genuine)))


def params(app: App, memory: Memory) -> Object:
    made: Object = app.bind(ZwpLinuxDmabufV1).create_params()
    made.add(memory.fd, 0, 0, memory.width * 4, 0, 0)
    return made


def show(app: App, window: Window, buffer: Object, *damage: int) -> None:
    window.surface.attach(buffer, 0, 0)
    window.surface.damage_buffer(*(damage or (0, 0, *SIZE)))
    window.surface.commit()
    app.roundtrip()


def test_windows_are_drawn_from_graphics_memory(open_session: OpenSession) -> None:
    session = played(open_session)
    app = session.app("gpu", granted=(GPU,))
    with memories(RED, GREEN) as (red, green):
        window = Window(app, map_=False)
        window.ack()
        first = params(app, red)
        first.create(*SIZE, DRM_XRGB8888, 0)
        app.until(lambda: first.named("created"))
        (buffer,) = first.last("created")
        show(app, window, buffer)
        session.until(lambda: session.windows())
        session.move("gpu", 100, 100)
        session.until_picture(lambda picture: whole((100, 100, *SIZE), picture, RED))
        # Only what the app calls changed is looked at again.
        red.paint(0, 0, *SIZE, BLUE)
        show(app, window, buffer, 10, 20, 30, 40)
        picture = session.until_picture(lambda picture: whole((110, 120, 30, 40), picture, BLUE))
        assert picture.colours((100, 100, *SIZE)) == {rgb(BLUE): 30 * 40, rgb(RED): 300 * 200 - 30 * 40}
        assert not buffer.events
        other = params(app, green).create_immed(*SIZE, DRM_XRGB8888, 0)
        show(app, window, other)
        app.until(lambda: buffer.named("release"))
        session.until_picture(lambda picture: whole((100, 100, *SIZE), picture, GREEN))
        # The next ui draws it too.
        session.kill_ui()
        session.start_ui()
        session.until_picture(lambda picture: whole((100, 100, *SIZE), picture, GREEN))
        other.destroy()
        app.show(window.surface, app.pixels(*SIZE))
        app.roundtrip()


def test_files_that_are_no_graphics_memory_are_refused(open_session: OpenSession) -> None:
    session = played(open_session, "lambda fd: __import__('berth').ui.mapped_dmabuf.is_dmabuf(fd)")
    app = session.app("gpu", granted=(GPU,))
    app.until(lambda: ZwpLinuxDmabufV1.name in app.globals)
    with memories(RED) as (memory,):
        refused = params(app, memory)
        refused.create(*SIZE, DRM_XRGB8888, 0)
        app.until(lambda: refused.named("failed"))
        params(app, memory).create_immed(*SIZE, DRM_XRGB8888, 0)
        with pytest.raises(ClientError) as raised:
            app.until(lambda: False)
        assert (raised.value.interface, raised.value.code) == ("zwp_linux_buffer_params_v1", 7)


def test_without_graphics_hardware_there_is_nothing_of_it(session: Session) -> None:
    app = session.app("gpu", granted=(GPU,))
    if any(Path("/dev/dri").glob("renderD*")):
        pytest.skip("there is graphics hardware")
    app.roundtrip()
    assert ZwpLinuxDmabufV1.name not in app.globals


# --- one by one


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def opened(memory: Memory, **changes: object) -> DmabufOpened:
    values: dict[str, object] = {
        "buffer": 1,
        "width": memory.width,
        "height": memory.height,
        "format": XRGB8888,
        "modifier": LINEAR,
        "planes": ((0, memory.width * 4),),
    }
    return DmabufOpened(**{**values, **changes})  # type: ignore[arg-type]


def state(memory: Memory, **changes: object) -> SurfaceState:
    values = {"surface": 1, "slot": 1, "width": memory.width, "height": memory.height, "format": XRGB8888}
    return SurfaceState(**{**values, "opaque": True, **changes})  # type: ignore[arg-type]


WRONG: tuple[dict[str, object], ...] = (
    {"modifier": 1},
    {"format": next(code for code, known in FORMATS.items() if known.bytes == 2)},
    {"planes": ((0, SIZE[0] * 4), (0, SIZE[0] * 4))},
    {"planes": ((4, SIZE[0] * 4),)},
    {"planes": ((0, SIZE[0] * 4 - 1),)},
    {"height": SIZE[1] + 1},
    {"height": 0},
    {"width": -1},
)


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_fit_is_refused(wrong: dict[str, object]) -> None:
    importer = MappedImporter(1, lambda _fd: True)
    with memories(RED) as (memory,):
        message = opened(memory, **wrong)
        before = descriptors()
        with pytest.raises(ValueError):
            importer.open(message, [memory.fd] * len(message.planes))
        assert descriptors() == before


def test_no_other_file_counts_as_graphics_memory() -> None:
    reader, writer = os.pipe()
    with memories(RED) as (memory,):
        assert not any(is_dmabuf(fd) for fd in (reader, memory.fd))
        with pytest.raises(ValueError, match="no graphics memory"):
            MappedImporter(1).open(opened(memory), [memory.fd])
    os.close(reader)
    os.close(writer)


def test_pixels_are_read_from_their_place_until_it_is_closed() -> None:
    importer = MappedImporter(57984, lambda _fd: True)
    assert importer.formats.device == 57984 and (ARGB8888, LINEAR) in importer.formats.pairs
    with memories(RED) as (memory,):
        memory.paint(0, 1, 300, 1, GREEN)
        imported = importer.open(opened(memory, height=199, planes=((1200, 1200),)), [memory.fd])
        content = imported.content(state(memory, height=199))
        assert content is not None and content is imported.content(state(memory, height=199))
        assert imported.content(state(memory)) is None
        assert imported.content(state(memory, height=199, format=ARGB8888)) is None
        translucent = imported.content(state(memory, height=199, opaque=False))
        assert translucent is not None and translucent.has_alpha and not content.has_alpha
        before = descriptors()
        imported.close()
        assert descriptors() == before - 1
        # What is still on the screen can still be painted.
        assert converted(content, (0, 0, 2, 2)).pixelColor(QPoint(1, 0)).rgb() & 0xFFFFFF == GREEN
