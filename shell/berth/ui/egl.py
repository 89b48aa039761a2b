"""EGL and OpenGL as far as images in graphics memory need them, on the connection that Qt has made.

Qt offers no way to import such an image. Everything here is called by ctypes; what a driver lacks is
found out by asking, never by trying. Sources: EGL_EXT_image_dma_buf_import(_modifiers), EGL_KHR_image_base,
EGL_EXT_device_query, EGL_EXT_device_drm(_render_node), GL_OES_EGL_image.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Sequence
from ctypes import POINTER, byref, c_char_p, c_int32, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any

from berth.core.messages import DmabufFormats, DmabufOpened
from berth.core.pixels import ARGB8888, FORMATS, IMPLICIT_MODIFIER, XRGB8888, from_drm, to_drm

_EXTENSIONS = 0x3055
_NONE = 0x3038
_WIDTH, _HEIGHT = 0x3057, 0x3056
_DMA_BUF = 0x3270
_FOURCC = 0x3271
_PLANES = (
    (0x3272, 0x3273, 0x3274, 0x3443, 0x3444),
    (0x3275, 0x3276, 0x3277, 0x3445, 0x3446),
    (0x3278, 0x3279, 0x327A, 0x3447, 0x3448),
    (0x3440, 0x3441, 0x3442, 0x3449, 0x344A),
)
"""Names of each plane's descriptor, offset, stride and the halves of its modifier."""
_DEVICE = 0x322C
_RENDER_NODE_FILE, _DRM_DEVICE_FILE = 0x3377, 0x3233

_TEXTURE_2D, _TEXTURE_BINDING = 0x0DE1, 0x8069
_MIN_FILTER, _MAG_FILTER, _WRAP_S, _WRAP_T = 0x2801, 0x2800, 0x2802, 0x2803
_LINEAR_FILTER, _CLAMP_TO_EDGE = 0x2601, 0x812F
_FRAMEBUFFER, _COLOUR_ATTACHMENT, _FRAMEBUFFER_COMPLETE = 0x8D40, 0x8CE0, 0x8CD5
_RGBA, _UNSIGNED_BYTE = 0x1908, 0x1401
_GL_EXTENSIONS, _GL_NUM_EXTENSIONS = 0x1F03, 0x821D


class Egl:
    """The functions, for the connection that is current.

    Attributes:
        display: Qt's connection; 0 if it uses none of EGL's.
    """

    def __init__(self) -> None:
        """Call while a context of OpenGL is current. Raises OSError if there is no EGL."""
        self._lib = ctypes.CDLL("libEGL.so.1")
        self._lib.eglGetCurrentDisplay.restype = c_void_p
        self._lib.eglGetProcAddress.restype = c_void_p
        self._lib.eglGetProcAddress.argtypes = [c_char_p]
        self._lib.eglQueryString.restype = c_char_p
        self._lib.eglQueryString.argtypes = [c_void_p, c_int32]
        self.display: int = self._lib.eglGetCurrentDisplay() or 0
        self._create = self._function("eglCreateImageKHR", c_void_p, c_void_p, c_void_p, c_uint32, c_void_p, c_void_p)
        self._destroy = self._function("eglDestroyImageKHR", c_uint32, c_void_p, c_void_p)
        self._target = self._function("glEGLImageTargetTexture2DOES", None, c_uint32, c_void_p)
        self._gen = self._function("glGenTextures", None, c_int32, POINTER(c_uint32))
        self._delete = self._function("glDeleteTextures", None, c_int32, POINTER(c_uint32))
        self._bind = self._function("glBindTexture", None, c_uint32, c_uint32)
        self._parameter = self._function("glTexParameteri", None, c_uint32, c_uint32, c_int32)
        self._get = self._function("glGetIntegerv", None, c_uint32, POINTER(c_int32))

    def _function(self, name: str, result: Any, *arguments: Any) -> Any:
        """None if there is none of that name. Drivers may know a name whose extension they lack."""
        pointer = self._lib.eglGetProcAddress(name.encode())
        return ctypes.CFUNCTYPE(result, *arguments)(pointer) if pointer else None

    # --- what there is

    def extensions(self) -> frozenset[str]:
        """Those of the connection and, where EGL tells them, of no connection at all."""
        texts = [self._lib.eglQueryString(display, _EXTENSIONS) for display in (self.display or None, None)]
        return frozenset(word for text in texts for word in (text or b"").decode("ascii", "replace").split())

    def _gl_extensions(self) -> frozenset[str]:
        names = self._function("glGetStringi", c_char_p, c_uint32, c_uint32)
        count = c_int32()
        self._get(_GL_NUM_EXTENSIONS, byref(count))
        if names is not None and count.value > 0:
            found = [names(_GL_EXTENSIONS, i) or b"" for i in range(count.value)]
        else:
            found = (self._function("glGetString", c_char_p, c_uint32)(_GL_EXTENSIONS) or b"").split()
        return frozenset(name.decode("ascii", "replace") for name in found)

    def targets_textures(self) -> bool:
        """Whether an image can become a texture. A context has to be current."""
        functions = (self._create, self._destroy, self._target, self._gen, self._bind, self._parameter, self._get)
        if not self.display or None in functions:
            return False
        image = {"EGL_KHR_image", "EGL_KHR_image_base"} & self.extensions()
        return bool(image) and "GL_OES_EGL_image" in self._gl_extensions()

    def formats(self) -> DmabufFormats:
        """What graphics memory can be imported; nothing if anything for it is missing. A context has to be current."""
        if "EGL_EXT_image_dma_buf_import" not in self.extensions() or not self.targets_textures():
            return DmabufFormats()
        device = self._device()
        return DmabufFormats(device, tuple(self._pairs())) if device else DmabufFormats()

    def _pairs(self) -> Iterator[tuple[int, int]]:
        formats = self._function("eglQueryDmaBufFormatsEXT", c_uint32, c_void_p, c_int32, c_void_p, c_void_p)
        if "EGL_EXT_image_dma_buf_import_modifiers" not in self.extensions() or formats is None:
            yield from ((ARGB8888, IMPLICIT_MODIFIER), (XRGB8888, IMPLICIT_MODIFIER))
            return
        count = c_int32()
        formats(self.display, 0, None, byref(count))
        codes = (c_int32 * max(count.value, 1))()
        formats(self.display, count.value, codes, byref(count))
        for code in codes[: count.value]:
            if from_drm(code & 0xFFFFFFFF) in FORMATS:
                yield from self._modified(code)

    def _modified(self, code: int) -> Iterator[tuple[int, int]]:
        """A format with each modifier that its images can be ordinary textures with."""
        query = self._function(
            "eglQueryDmaBufModifiersEXT", c_uint32, c_void_p, c_int32, c_int32, c_void_p, c_void_p, c_void_p
        )
        format_ = from_drm(code & 0xFFFFFFFF)
        count = c_int32()
        query(self.display, code, 0, None, None, byref(count))
        modifiers, external = (c_uint64 * max(count.value, 1))(), (c_uint32 * max(count.value, 1))()
        query(self.display, code, count.value, modifiers, external, byref(count))
        ordinary = [modifiers[i] for i in range(count.value) if not external[i]]
        if ordinary or not count.value:
            yield from ((format_, modifier) for modifier in dict.fromkeys([*ordinary, IMPLICIT_MODIFIER]))

    def _device(self) -> int:
        """The dev_t of the DRM node behind the connection, 0 if EGL does not tell."""
        attribute = self._function("eglQueryDisplayAttribEXT", c_uint32, c_void_p, c_int32, c_void_p)
        text = self._function("eglQueryDeviceStringEXT", c_char_p, c_void_p, c_int32)
        device = c_void_p()
        if "EGL_EXT_device_query" not in self.extensions() or attribute is None or text is None:
            return 0
        if not attribute(self.display, _DEVICE, byref(device)) or not device.value:
            return 0
        known = (self._lib.eglQueryString(None, _EXTENSIONS) or b"") + b" "
        own = text(device, _EXTENSIONS) or b""
        for extension, name in (
            (b"EGL_EXT_device_drm_render_node", _RENDER_NODE_FILE),
            (b"EGL_EXT_device_drm", _DRM_DEVICE_FILE),
        ):
            path = text(device, name) if extension in (known + own).split() else None
            if path:
                try:
                    return Path(os.fsdecode(path)).stat().st_rdev
                except OSError:
                    continue
        return 0

    # --- images

    def import_dmabuf(self, opened: DmabufOpened, fds: Sequence[int]) -> int:
        """An image; the descriptors stay the caller's. Raises ValueError if the driver cannot make one."""
        if len(fds) != len(opened.planes) or len(fds) > len(_PLANES):
            raise ValueError("planes are missing")
        attributes = [_WIDTH, opened.width, _HEIGHT, opened.height, _FOURCC, to_drm(opened.format)]
        for names, fd, (offset, stride) in zip(_PLANES, fds, opened.planes, strict=False):
            attributes += [names[0], fd, names[1], offset, names[2], stride]
            if opened.modifier != IMPLICIT_MODIFIER:
                attributes += [names[3], opened.modifier & 0xFFFFFFFF, names[4], opened.modifier >> 32]
        array = (c_uint32 * (len(attributes) + 1))(*attributes, _NONE)
        return self.create_image(_DMA_BUF, None, None, array)

    def create_image(self, target: int, context: int | None, source: int | None, attributes: Any) -> int:
        """eglCreateImageKHR. Raises ValueError."""
        image = self._create(self.display, context, target, source, attributes)
        if not image:
            raise ValueError("the graphics driver cannot import it")
        return int(image)

    def destroy_image(self, image: int) -> None:
        self._destroy(self.display, image)

    # --- textures; a context has to be current

    def new_texture(self, image: int) -> int:
        """A texture that is the image."""
        number = c_uint32()
        self._gen(1, byref(number))
        before = c_int32()
        self._get(_TEXTURE_BINDING, byref(before))
        self._bind(_TEXTURE_2D, number.value)
        for name, value in (
            (_MIN_FILTER, _LINEAR_FILTER),
            (_MAG_FILTER, _LINEAR_FILTER),
            (_WRAP_S, _CLAMP_TO_EDGE),
            (_WRAP_T, _CLAMP_TO_EDGE),
        ):
            self._parameter(_TEXTURE_2D, name, value)
        self._target(_TEXTURE_2D, image)
        self._bind(_TEXTURE_2D, before.value)
        return number.value

    def renew_texture(self, number: int, image: int) -> None:
        """Something has drawn into the image since."""
        before = c_int32()
        self._get(_TEXTURE_BINDING, byref(before))
        self._bind(_TEXTURE_2D, number)
        self._target(_TEXTURE_2D, image)
        self._bind(_TEXTURE_2D, before.value)

    def read_image(self, image: int, width: int, height: int) -> bytes | None:
        """Its pixels as rgba8888; None if the driver cannot draw into what it would have to."""
        gen = self._function("glGenFramebuffers", None, c_int32, POINTER(c_uint32))
        bind = self._function("glBindFramebuffer", None, c_uint32, c_uint32)
        attach = self._function("glFramebufferTexture2D", None, c_uint32, c_uint32, c_uint32, c_uint32, c_int32)
        check = self._function("glCheckFramebufferStatus", c_uint32, c_uint32)
        delete = self._function("glDeleteFramebuffers", None, c_int32, POINTER(c_uint32))
        read = self._function("glReadPixels", None, *[c_int32] * 4, c_uint32, c_uint32, c_void_p)
        texture = self.new_texture(image)
        frame = c_uint32()
        gen(1, byref(frame))
        bind(_FRAMEBUFFER, frame.value)
        try:
            attach(_FRAMEBUFFER, _COLOUR_ATTACHMENT, _TEXTURE_2D, texture, 0)
            if check(_FRAMEBUFFER) != _FRAMEBUFFER_COMPLETE:
                return None
            pixels = ctypes.create_string_buffer(width * height * 4)
            read(0, 0, width, height, _RGBA, _UNSIGNED_BYTE, pixels)
            return pixels.raw
        finally:
            bind(_FRAMEBUFFER, 0)
            delete(1, byref(frame))
            self.delete_textures([texture])

    def delete_textures(self, numbers: Sequence[int]) -> None:
        self._delete(len(numbers), (c_uint32 * len(numbers))(*numbers))
