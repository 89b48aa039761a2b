"""Graphics memory as textures of OpenGL: what an app has drawn is on the screen without a copy.

An image outlives its descriptors. Its texture belongs to the scene graph of one window; the names of
textures that are no longer used are given back when a context is current the next time.
"""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import shiboken6
from PySide6.QtGui import QGuiApplication, QImage, QOffscreenSurface, QOpenGLContext
from PySide6.QtQuick import QQuickWindow, QSGTexture

from berth.core.messages import DmabufFormats, DmabufOpened, SurfaceState
from berth.ui.egl import Egl
from berth.ui.slot import Content

_FROM_NATIVE = (
    "_ZN16QNativeInterface16QSGOpenGLTexture10fromNativeEjP12QQuickWindowRK5QSize6QFlagsINS1_19CreateTextureOptionEE"
)
"""QNativeInterface::QSGOpenGLTexture::fromNative(GLuint, QQuickWindow *, const QSize &, CreateTextureOptions)"""
_HAS_ALPHA = 1  # QQuickWindow::TextureHasAlphaChannel


class _Size(ctypes.Structure):
    """QSize"""

    _fields_ = [("width", ctypes.c_int), ("height", ctypes.c_int)]


def from_native() -> Callable[..., int] | None:
    """PySide has no such call: the one of the library that it has loaded, or None."""
    try:
        function = getattr(ctypes.CDLL("libQt6Quick.so.6"), _FROM_NATIVE)
    except (OSError, AttributeError):
        return None
    function.restype = ctypes.c_void_p
    function.argtypes = [ctypes.c_uint32, ctypes.c_void_p, ctypes.POINTER(_Size), ctypes.c_int]
    made: Callable[..., int] = function
    return made


class GlImporter:
    """Args:
    egl: of the connection that Qt draws with.
    formats: what it can import.
    """

    def __init__(self, egl: Egl, formats: DmabufFormats) -> None:
        self.egl = egl
        self.formats = formats
        self._unused: list[int] = []
        self._reader: tuple[QOpenGLContext, QOffscreenSurface] | None = None

    def open(self, opened: DmabufOpened, fds: Sequence[int]) -> GlDmabuf:
        if (opened.format, opened.modifier) not in self.formats.pairs:
            raise ValueError(f"format {opened.format:#x} with modifier {opened.modifier:#x}")
        return GlDmabuf(self, opened, self.egl.import_dmabuf(opened, fds))

    def texture(self, content: GlContent, window: QQuickWindow) -> GlTexture:
        """A context of the window has to be current."""
        if self._unused:
            self.egl.delete_textures(self._unused)
            self._unused.clear()
        return GlTexture(self.egl, content, window, self._unused)

    def read(self, dmabuf: GlDmabuf, width: int, height: int) -> bytes | None:
        """The pixels of an image as rgba8888, rows from top to bottom; None if they cannot be had.

        Waits for the graphics hardware: for small pictures of windows and for cursors, not for every frame.
        """
        before = QOpenGLContext.currentContext()
        surface = before.surface() if before is not None else None
        if self._reader is None:
            self._reader = (QOpenGLContext(), QOffscreenSurface(QGuiApplication.primaryScreen()))
            self._reader[1].create()
            self._reader[0].create()
        context, own = self._reader
        if not context.makeCurrent(own):
            return None
        try:
            return self.egl.read_image(dmabuf.image, width, height)
        finally:
            context.doneCurrent()
            if before is not None and surface is not None:
                before.makeCurrent(surface)


class GlDmabuf:
    """An image that was imported."""

    def __init__(self, importer: GlImporter, opened: DmabufOpened, image: int) -> None:
        self._importer = importer
        self._opened = opened
        self._image = weakref.finalize(self, importer.egl.destroy_image, image)
        self.image = image
        self._contents: dict[bool, GlContent] = {}

    def content(self, state: SurfaceState) -> GlContent | None:
        opened = self._opened
        if (state.width, state.height, state.format) != (opened.width, opened.height, opened.format):
            return None
        if state.opaque not in self._contents:
            self._contents[state.opaque] = GlContent(self._importer, self, opened, not state.opaque)
        return self._contents[state.opaque]

    def close(self) -> None:
        """The image stays for as long as a content of it is shown."""
        for content in self._contents.values():
            content.closed = True
        self._contents.clear()


class GlContent(Content):
    """Pixels that graphics hardware alone can reach; pictures of them for others it has to write first.

    Attributes:
        closed: no surface will show it again.
    """

    __slots__ = ("closed", "dmabuf", "importer")

    def __init__(self, importer: GlImporter, dmabuf: GlDmabuf, opened: DmabufOpened, has_alpha: bool) -> None:
        self.width, self.height, self.has_alpha = opened.width, opened.height, has_alpha
        self.native = True
        self.image = QImage()
        self.texture = None
        self.importer = importer
        self.dmabuf = dmabuf
        self.closed = False

    def picture(self) -> QImage:
        pixels = self.importer.read(self.dmabuf, self.width, self.height)
        if pixels is None:
            return QImage()
        form = QImage.Format.Format_RGBA8888_Premultiplied if self.has_alpha else QImage.Format.Format_RGBX8888
        return QImage(pixels, self.width, self.height, self.width * 4, form).copy()


class GlTexture:
    """The texture of a content in one window.

    Attributes:
        texture: for nodes; it goes with this object.
    """

    def __init__(self, egl: Egl, content: GlContent, window: QQuickWindow, unused: list[int]) -> None:
        self._egl = egl
        self._content = content
        self._number = egl.new_texture(content.dmabuf.image)
        make = from_native()
        assert make is not None
        size = _Size(content.width, content.height)
        options = _HAS_ALPHA if content.has_alpha else 0
        pointer = make(self._number, shiboken6.getCppPointer(window)[0], ctypes.byref(size), options)
        wrapped: Any = shiboken6.wrapInstance(pointer, QSGTexture)
        self.texture: QSGTexture = wrapped
        weakref.finalize(self, _give_back, self.texture, self._number, unused)

    def drawn_again(self) -> None:
        """The app has changed the pixels."""
        self._egl.renew_texture(self._number, self._content.dmabuf.image)


def _give_back(texture: QSGTexture, number: int, unused: list[int]) -> None:
    if shiboken6.isValid(texture):
        shiboken6.delete(texture)
    unused.append(number)
