"""zwp_linux_dmabuf_v1: buffers in graphics memory, which the ui draws from where they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pywayland.protocol.linux_dmabuf_v1 import (
    ZwpLinuxBufferParamsV1,
    ZwpLinuxDmabufFeedbackV1,
    ZwpLinuxDmabufV1,
)

from berth.core.permissions import GPU
from berth.core.pixels import FORMATS, IMPLICIT_MODIFIER, LINEAR, from_drm, to_drm
from berth.display.dmabuf_buffer import DmabufBuffer
from berth.display.resource import BudgetExceeded, ProtocolError, Resource, event

if TYPE_CHECKING:
    from collections.abc import Callable

    from berth.display.client import Client
    from berth.display.dmabufs import Dmabuf
    from berth.display.surface import Surface

_Errors = ZwpLinuxBufferParamsV1.error
MAX_BUFFER_PLANES = 4
_AT_ONCE, _IN_A_SECOND = 1_000, 500
"""How many buffers an app may make: each costs the ui time. One that is resized makes new ones with every frame."""
_DEVICE_BYTES = 8
_LIMIT = 1 << 32


class DmabufParams(Resource):
    """Planes that become one buffer, once."""

    __slots__ = ("_dmabuf", "_layout", "_planes", "_used")
    interface = ZwpLinuxBufferParamsV1
    highest = 6
    send_created = event(ZwpLinuxBufferParamsV1, "created")
    send_failed = event(ZwpLinuxBufferParamsV1, "failed")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self._planes = client.server.dmabufs.new_planes(client)
        self._layout: dict[int, tuple[int, int, int, int]] = {}  # descriptor, offset, stride, modifier by index
        self._used = False
        self._dmabuf: Dmabuf | None = None  # until a buffer has it

    def on_add(self, fd: int, index: int, offset: int, stride: int, modifier_hi: int, modifier_lo: int) -> None:
        try:
            self._check_unused()
            if index >= MAX_BUFFER_PLANES:
                raise self.error(_Errors.plane_idx, f"there is no plane {index}")
            if index in self._layout:
                raise self.error(_Errors.plane_set, f"plane {index} was set before")
        except ProtocolError:
            os.close(fd)
            raise
        self._planes.add(fd)
        self._layout[index] = (fd, offset, stride, modifier_hi << 32 | modifier_lo)

    def on_set_sampling_device(self, device: bytes) -> None:
        # There is one device that could import it: a wish for another is no reason not to try.
        self._check_unused()
        if len(device) != _DEVICE_BYTES:
            raise self.error(_Errors.invalid_dev_t_size, f"a dev_t of {len(device)} bytes")

    def on_create(self, width: int, height: int, format_: int, flags: int) -> None:
        if not self._check(width, height, format_, flags):
            self.send_failed()
            return
        self._dmabuf = self._open(width, height, format_, self._answered)

    def on_create_immed(self, new_id: int, width: int, height: int, format_: int, flags: int) -> None:
        if not self._check(width, height, format_, flags):
            raise self._invalid()
        buffer = DmabufBuffer(self.client, 1, new_id)
        buffer.dmabuf = self._open(width, height, format_, lambda usable: self._answered_at_once(buffer, usable))

    def _check_unused(self) -> None:
        if self._used:
            raise self.error(_Errors.already_used, "a buffer was made of it already")

    def _check(self, width: int, height: int, format_: int, flags: int) -> bool:
        """Whether the ui may be able to show it. Raises the errors of wrong arguments."""
        self._check_unused()
        self._used = True
        count = len(self._layout)
        if not count or max(self._layout) != count - 1:
            raise self.error(_Errors.incomplete, "planes are missing")
        if width < 1 or height < 1:
            raise self.error(_Errors.invalid_dimensions, f"a buffer of {width}x{height} pixels")
        modifiers = {modifier for _fd, _offset, _stride, modifier in self._layout.values()}
        modifier = self._layout[0][3]
        pair = from_drm(format_), modifier
        dmabufs = self.client.server.dmabufs
        if len(modifiers) > 1 and self.version >= 5:
            raise self.error(_Errors.invalid_format, "planes with different modifiers")
        if pair not in dmabufs.known and self.version >= 4:
            raise self.error(_Errors.invalid_format, f"format {format_:#x} with modifier {modifier:#x}")
        known = FORMATS.get(pair[0])
        if known is not None and modifier == LINEAR and count > 1:
            raise self.error(_Errors.invalid_format, f"{known.name} has one plane")
        self._check_bounds(width, height, known.bytes if known is not None and modifier == LINEAR else 0)
        return pair in dmabufs.pairs and len(modifiers) == 1 and not flags

    def _check_bounds(self, width: int, height: int, pixel: int) -> None:
        """How memory that is not linear is laid out only drivers know; no plane of it is larger than the first."""
        for index, (fd, offset, stride, _modifier) in self._layout.items():
            end = offset + stride * (height if index == 0 else 1)
            try:
                size = os.lseek(fd, 0, os.SEEK_END)
            except OSError:
                size = _LIMIT  # the ui finds out what it is
            if end > min(size, _LIMIT):
                raise self.error(_Errors.out_of_bounds, f"plane {index} ends at {end} of {size} bytes")
            if index == 0 and stride < width * pixel:
                raise self.error(_Errors.out_of_bounds, f"a stride of {stride} bytes for {width} pixels")

    def _open(self, width: int, height: int, format_: int, answered: Callable[[bool], None]) -> Dmabuf:
        if not self.client.allowance(DmabufParams, _AT_ONCE, _IN_A_SECOND).take():
            raise BudgetExceeded("more buffers in graphics memory than can be shown")
        planes = [self._layout[index] for index in range(len(self._layout))]
        self._planes.fds = [fd for fd, _offset, _stride, _modifier in planes]
        layout = [(offset, stride) for _fd, offset, stride, _modifier in planes]
        form = from_drm(format_), planes[0][3]
        owned, self._planes = self._planes, self.client.server.dmabufs.new_planes(self.client)
        return self.client.server.dmabufs.open(owned, layout, (width, height), form, answered)

    def _answered(self, usable: bool) -> None:
        self.client.answer(self._create if usable else self._refuse)

    def _create(self) -> None:
        buffer = DmabufBuffer(self.client, 1, 0)
        buffer.dmabuf, self._dmabuf = self._dmabuf, None
        self.send_created(buffer)

    def _refuse(self) -> None:
        dmabuf, self._dmabuf = self._dmabuf, None
        if dmabuf is not None:
            dmabuf.close()
        self.send_failed()

    def _answered_at_once(self, buffer: DmabufBuffer, usable: bool) -> None:
        if usable:
            buffer.taken()
        else:
            self.client.protocol_error(self._invalid())

    def _invalid(self) -> ProtocolError:
        return self.error(_Errors.invalid_wl_buffer, "the graphics memory cannot be shown")

    def destroyed(self) -> None:
        self._planes.close()
        dmabuf, self._dmabuf = self._dmabuf, None
        if dmabuf is not None:
            dmabuf.close()


class DmabufFeedback(Resource):
    """What the app's buffers should be like; the same for all surfaces. `surface` is None for the default one."""

    __slots__ = ("_surface",)
    interface = ZwpLinuxDmabufFeedbackV1
    highest = 6
    listed = True
    most = 2_048
    permission = GPU
    send_done = event(ZwpLinuxDmabufFeedbackV1, "done")
    send_format_table = event(ZwpLinuxDmabufFeedbackV1, "format_table")
    send_main_device = event(ZwpLinuxDmabufFeedbackV1, "main_device")
    send_tranche_done = event(ZwpLinuxDmabufFeedbackV1, "tranche_done")
    send_tranche_target_device = event(ZwpLinuxDmabufFeedbackV1, "tranche_target_device")
    send_tranche_formats = event(ZwpLinuxDmabufFeedbackV1, "tranche_formats")
    send_tranche_flags = event(ZwpLinuxDmabufFeedbackV1, "tranche_flags")

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface | None = None) -> None:
        super().__init__(client, version, new_id)
        self._surface = surface
        self.describe()

    def describe(self) -> None:
        """Everything, whenever something of it has changed; nothing any more for a surface that is gone."""
        dmabufs = self.client.server.dmabufs
        if self._surface is not None and not self._surface.alive:
            return
        fd, size = dmabufs.open_table()
        self.send_format_table(fd, size)
        os.close(fd)
        if self.version < 6:
            self.send_main_device(dmabufs.device)
        self.send_tranche_target_device(dmabufs.device)
        self.send_tranche_flags(int(ZwpLinuxDmabufFeedbackV1.tranche_flags.sampling) if self.version >= 6 else 0)
        self.send_tranche_formats(b"".join(i.to_bytes(2, "little") for i in range(size // 16)))
        self.send_tranche_done()
        self.send_done()


class DmabufManager(Resource):
    __slots__ = ()
    interface = ZwpLinuxDmabufV1
    highest = 6
    permission = GPU
    send_format = event(ZwpLinuxDmabufV1, "format")
    send_modifier = event(ZwpLinuxDmabufV1, "modifier")

    def bound(self) -> None:
        """Later versions have feedback objects for it."""
        if self.version >= 4:
            return
        pairs = self.client.server.dmabufs.told
        if self.version == 3:
            for format_, modifier in pairs:
                self.send_modifier(to_drm(format_), modifier >> 32, modifier & 0xFFFFFFFF)
            return
        for format_ in dict.fromkeys(form for form, modifier in pairs if modifier in (LINEAR, IMPLICIT_MODIFIER)):
            self.send_format(to_drm(format_))

    def on_create_params(self, new_id: int) -> None:
        DmabufParams(self.client, self.version, new_id)

    def on_get_default_feedback(self, new_id: int) -> None:
        DmabufFeedback(self.client, self.version, new_id)

    def on_get_surface_feedback(self, new_id: int, surface: Surface) -> None:
        DmabufFeedback(self.client, self.version, new_id, surface)
