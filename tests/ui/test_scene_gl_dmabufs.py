"""Graphics memory as textures of OpenGL, with llvmpipe: all of the way but the import itself, which it cannot do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from berth.core.messages import DmabufFormats, DmabufOpened, SurfaceState
from berth.core.permissions import GPU
from berth.core.pixels import ARGB8888, DRM_XRGB8888, IMPLICIT_MODIFIER, LINEAR, XRGB8888
from berth.ui.egl import Egl
from berth.ui.gl_dmabuf import GlImporter
from tests.display.shapes import Window
from tests.ui.conftest import OpenSession
from tests.ui.session import WAIT
from tests.ui.test_scene_dmabufs import SIZE, memories, params, show
from tests.ui.test_scene_hosts import needs_xvfb, x_display
from tests.ui.test_scene_session import BLUE, GREEN, RED, rgb, whole

__all__ = ["x_display"]  # the fixture

PLAYED = """
import ctypes, mmap
from PySide6.QtGui import QGuiApplication, QImage, QOffscreenSurface, QOpenGLContext
from berth.core.messages import DmabufFormats, SurfaceState
from berth.core.pixels import LINEAR, XRGB8888
from berth.ui import app, renderer
from berth.ui.egl import Egl
from berth.ui.gl_dmabuf import GlDmabuf, GlImporter, from_native

class Played(GlImporter):
    "Images of textures, which are filled from files, in the place of images of graphics memory."

    def __init__(self):
        self.context = QOpenGLContext()
        self.surface = QOffscreenSurface(QGuiApplication.primaryScreen())
        self.surface.create()
        assert self.context.create() and self.context.makeCurrent(self.surface)
        egl = Egl()
        assert egl.targets_textures() and from_native() is not None
        assert not egl.formats().pairs, "llvmpipe would do"
        super().__init__(egl, DmabufFormats(57984, ((XRGB8888, LINEAR),)))
        self.context.doneCurrent()
        self.filled = []

    def open(self, opened, fds):
        self.context.makeCurrent(self.surface)
        egl = self.egl
        current = egl._function("eglGetCurrentContext", ctypes.c_void_p)()
        number = ctypes.c_uint32()
        egl._gen(1, ctypes.byref(number))
        egl._bind(0x0DE1, number.value)
        egl._parameter(0x0DE1, 0x2801, 0x2601)
        pixels = mmap.mmap(fds[0], opened.height * opened.planes[0][1], mmap.MAP_SHARED, mmap.PROT_READ)
        fill = egl._function("glTexImage2D", None, *[ctypes.c_int] * 8, ctypes.c_char_p)
        fill(0x0DE1, 0, 0x8058, opened.width, opened.height, 0, 0x80E1, 0x1401, bytes(pixels))
        image = egl.create_image(0x30B1, current, number.value, (ctypes.c_uint32 * 3)(0x30BC, 0, 0x3038))
        egl._bind(0x0DE1, 0)
        self.context.doneCurrent()
        imported = GlDmabuf(self, opened, image)
        self.compare(imported, opened, bytes(pixels))
        return imported

    def compare(self, imported, opened, pixels):
        "Pictures for others than the scene show the same, the right way up."
        state = SurfaceState(1, 1, opened.width, opened.height, 0, True, format=XRGB8888)
        picture = imported.content(state).picture().convertToFormat(QImage.Format.Format_RGB32)
        there = bytes(picture.constBits())
        assert all(there[i::4] == pixels[i::4] for i in range(3)) and len(set(pixels)) > 1, (there[:8], pixels[:8])
        print("INFO compared", flush=True)

renderer.importer_for = lambda _renderer: Played()
raise SystemExit(app.main())
"""


@needs_xvfb
def test_windows_are_textures_of_what_apps_draw(x_display: str, open_session: OpenSession) -> None:
    environment = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": x_display}
    session = open_session(environment=environment, options=["--renderer", "opengl"], ui=("-c", PLAYED))
    app = session.app("gpu", granted=(GPU,))
    with memories(RED, GREEN) as (red, green):
        green.paint(10, 20, 30, 40, BLUE)
        window = Window(app, map_=False)
        window.ack()
        buffers = [params(app, memory).create_immed(*SIZE, DRM_XRGB8888, 0) for memory in (red, green)]
        show(app, window, buffers[0])
        session.until(lambda: session.windows())
        session.move("gpu", 100, 100)
        session.until_picture(lambda picture: whole((100, 100, *SIZE), picture, RED))
        show(app, window, buffers[1])
        picture = session.until_picture(lambda picture: whole((110, 120, 30, 40), picture, BLUE))
        assert picture.colours((100, 100, *SIZE)) == {rgb(BLUE): 30 * 40, rgb(GREEN): 300 * 200 - 30 * 40}
        app.until(lambda: buffers[0].named("release"))
        assert session.log("ui").count("INFO compared") == 2
        # To shared memory and back, again and again, in and out of the scene.
        for _round in range(3):
            pixels = app.pixels(*SIZE, format_=1)
            pixels.memory[:] = BLUE.to_bytes(4, "little") * (300 * 200)
            app.show(window.surface, pixels)
            app.roundtrip()
            session.until_picture(lambda picture: whole((100, 100, *SIZE), picture, BLUE))
            show(app, window, buffers[0])
            session.until_picture(lambda picture: whole((100, 100, *SIZE), picture, RED))
            session.act("gpu", "minimize")
            session.act("gpu", "focus")
        # Another app goes with all it has while it is on the screen.
        other = session.app("other", granted=(GPU,))
        gone = Window(other, map_=False)
        gone.ack()
        show(other, gone, params(other, green).create_immed(*SIZE, DRM_XRGB8888, 0))
        session.until_windows(2)
        session.move("other", 500, 100)
        session.until_picture(lambda picture: whole((600, 200, 100, 50), picture, GREEN))
        other.close()
        session.until_windows(1)
        session.until_picture(lambda picture: not whole((600, 200, 100, 50), picture, GREEN))
        for buffer in buffers:
            buffer.destroy()
        app.show(window.surface, app.pixels(*SIZE))
        app.roundtrip()
        session.until_picture(lambda picture: not whole((100, 100, *SIZE), picture, RED))
        # It can end while it shows one, too.
        show(app, window, params(app, red).create_immed(*SIZE, DRM_XRGB8888, 0))
        session.until_picture(lambda picture: whole((100, 100, *SIZE), picture, RED))
        session.ui.terminate()
        assert session.ui.wait(WAIT) == 0


PROBE = """
import sys
from PySide6.QtGui import QGuiApplication
from berth.ui import renderer
renderer.prepare_environment()
application = QGuiApplication(["probe"])
print(renderer.importer_for(sys.argv[1]))
"""


@needs_xvfb
@pytest.mark.parametrize("name", ["opengl", "software"])
def test_asking_a_driver_that_cannot_is_harmless(x_display: str, name: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb", "DISPLAY": x_display}
    command = [sys.executable, "-c", PROBE, name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=4 * WAIT, check=True)
    assert done.stdout in ("None\n",) or "Importer" in done.stdout


# --- what is asked of EGL, without any


class PlayedEgl(Egl):
    """Notes down what would be asked of a driver."""

    def __init__(self, image: int = 77) -> None:
        self.display = 5
        self.asked: list[int] = []
        self.destroyed: list[int] = []
        self._image = image

    def _create(self, display: int, context: Any, target: int, source: Any, attributes: Sequence[int]) -> int:
        assert (display, context, target, source) == (5, None, 0x3270, None)
        self.asked = list(attributes)
        return self._image

    def destroy_image(self, image: int) -> None:
        self.destroyed.append(image)


def named(asked: list[int]) -> dict[int, int]:
    assert asked[-1] == 0x3038
    return dict(zip(asked[:-1:2], asked[1:-1:2], strict=True))


def test_planes_and_modifiers_are_named_as_the_extension_says() -> None:
    egl = PlayedEgl()
    modifier = 0x0100000000000009
    opened = DmabufOpened(1, 64, 32, ARGB8888, modifier, ((0, 256), (8192, 64)))
    assert egl.import_dmabuf(opened, [7, 8]) == 77
    assert named(egl.asked) == {
        0x3057: 64,
        0x3056: 32,
        0x3271: int.from_bytes(b"AR24", "little"),
        0x3272: 7,
        0x3273: 0,
        0x3274: 256,
        0x3443: 9,
        0x3444: 0x01000000,
        0x3275: 8,
        0x3276: 8192,
        0x3277: 64,
        0x3445: 9,
        0x3446: 0x01000000,
    }
    egl.import_dmabuf(DmabufOpened(1, 64, 32, XRGB8888, IMPLICIT_MODIFIER, ((0, 256),)), [7])
    assert not {0x3443, 0x3444} & set(named(egl.asked)), "what the driver knows it must not be told"


@pytest.mark.parametrize(
    ("image", "fds", "changes"),
    [(0, [7], {}), (77, [], {}), (77, [7, 8], {}), (77, [7], {"modifier": 1}), (77, [7], {"format": ARGB8888})],
)
def test_what_cannot_be_imported_is_refused(image: int, fds: list[int], changes: dict[str, int]) -> None:
    importer = GlImporter(PlayedEgl(image), DmabufFormats(1, ((XRGB8888, LINEAR),)))
    form = {"format": XRGB8888, "modifier": LINEAR, **changes}
    with pytest.raises(ValueError):
        importer.open(DmabufOpened(1, 64, 32, form["format"], form["modifier"], ((0, 256),)), fds)


def test_image_goes_with_its_last_user() -> None:
    egl = PlayedEgl()
    importer = GlImporter(egl, DmabufFormats(1, ((XRGB8888, LINEAR),)))
    imported = importer.open(DmabufOpened(1, 64, 32, XRGB8888, LINEAR, ((0, 256),)), [7])
    content = imported.content(SurfaceState(1, 1, 64, 32, 256, True, format=XRGB8888))
    assert content is not None and not content.closed
    assert imported.content(SurfaceState(1, 1, 63, 32, 256, True, format=XRGB8888)) is None
    imported.close()
    del imported
    assert content.closed and not egl.destroyed
    del content
    assert egl.destroyed == [77]
