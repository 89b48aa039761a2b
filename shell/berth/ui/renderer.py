"""Which of Qt Quick's renderers to use: graphics hardware where there is some, else the software one.

A software implementation of OpenGL (llvmpipe) costs several times the CPU of Qt's own
software renderer, so it does not count as hardware.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext
from PySide6.QtQuick import QQuickWindow, QSGRendererInterface

from berth.ui.dmabufs import Importer
from berth.ui.egl import Egl
from berth.ui.gl_dmabuf import GlImporter, from_native
from berth.ui.mapped_dmabuf import MappedImporter
from berth.ui.upload import RhiUpload, SoftwareUpload, Upload

Renderer = Literal["software", "opengl"]
_T = TypeVar("_T")

_GL_RENDERER = 0x1F01
_EMULATIONS = ("llvmpipe", "softpipe", "swrast", "swiftshader")


def prepare_environment() -> None:
    """Set what Qt reads when it starts; call before the application object is made."""
    # Client pixels are touched in updatePaintNode, and screenshots taken: both on the main thread.
    os.environ["QSG_RENDER_LOOP"] = "basic"
    # It would overrule our choice, which the way of upload depends on.
    os.environ.pop("QT_QUICK_BACKEND", None)
    # Our frame clock paces the frames; Qt's own wait before a repaint would come on top.
    os.environ["QT_QPA_UPDATE_IDLE_TIME"] = "0"
    # Qt's plain event loop costs a tenth less per frame than GLib's, which nothing here needs.
    os.environ["QT_NO_GLIB"] = "1"
    os.environ.setdefault("QT_XCB_GL_INTEGRATION", "xcb_egl")
    # Inside a Wayland host a frame of the host's making, not one more title bar drawn by Qt.
    os.environ.setdefault("QT_WAYLAND_DISABLE_WINDOWDECORATION", "1")


def choose(wanted: str, platform: str, has_render_node: Callable[[], bool] | None = None) -> Renderer:
    """The renderer for `wanted` (``auto`` or a renderer) on Qt's `platform`."""
    if wanted == "software" or wanted == "opengl":
        return "software" if wanted == "software" else "opengl"
    if platform == "offscreen" or not (has_render_node or _has_render_node)():
        return "software"
    return "software" if _is_emulated(_gl_renderer()) else "opengl"


def select(renderer: Renderer) -> None:
    """Make Qt Quick use it; call before the first window is made."""
    apis = QSGRendererInterface.GraphicsApi
    QQuickWindow.setGraphicsApi(apis.Software if renderer == "software" else apis.OpenGL)


def upload_for(renderer: Renderer) -> Callable[[QQuickWindow], Upload]:
    """Makes the way of upload for a surface in a window."""
    return SoftwareUpload if renderer == "software" else RhiUpload


def importer_for(renderer: Renderer) -> Importer | None:
    """How graphics memory of apps can be shown; None if there is no graphics hardware to have it in."""
    if renderer == "opengl":
        found = _with_opengl(_gl_importer)
        if found is not None:
            return found
    nodes = _render_nodes()
    return MappedImporter(nodes[0].stat().st_rdev) if nodes else None


def _has_render_node() -> bool:
    return bool(_render_nodes())


def _render_nodes() -> list[Path]:
    return sorted(Path("/dev/dri").glob("renderD*"))


def _is_emulated(name: str) -> bool:
    return not name or any(emulation in name.lower() for emulation in _EMULATIONS)


def _gl_renderer() -> str:
    """What OpenGL calls itself; empty if there is none."""
    return _with_opengl(lambda context: str(context.functions().glGetString(_GL_RENDERER))) or ""


def _gl_importer(_context: QOpenGLContext) -> Importer | None:
    try:
        egl = Egl()
    except OSError:
        return None
    formats = egl.formats()
    return GlImporter(egl, formats) if formats.pairs and from_native() is not None else None


def _with_opengl(ask: Callable[[QOpenGLContext], _T]) -> _T | None:
    """What `ask` finds out while a context is current; None if there is no OpenGL."""
    context = QOpenGLContext()
    surface = QOffscreenSurface(QGuiApplication.primaryScreen())
    surface.create()
    if not context.create() or not context.makeCurrent(surface):
        return None
    try:
        return ask(context)
    finally:
        context.doneCurrent()
