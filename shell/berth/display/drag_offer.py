"""What the target of a drag is offered, and what the two sides settle: a type, an action, the end."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from pywayland.protocol.wayland import WlDataOffer

from berth.core.uri_list import LISTS
from berth.display.data_device import ASK, COPY, DRAG_RESULT_SINCE, DataDevice, DataOffer, DataSource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.drag import Drag
    from berth.display.file_list import FileList


def settled_action(source: int, target: int, preferred: int, wanted: int) -> int:
    """The one action of a drag, 0 for none.

    Args:
        source: mask of what the source allows.
        target: mask of what the target supports.
        preferred: by the target.
        wanted: by the user, who goes before the target.
    """
    both = source & target
    for choice in (wanted, preferred):
        if choice & both:
            return choice
    return both & -both


class DragOffer(DataOffer):
    """One data device's side of a drag.

    `stage` is *over* while the drag is on the client's surface, *dropped* from the drop until the client
    has finished, *finished* then, and *gone* if the drag left or ended otherwise.
    """

    __slots__ = ("_actions", "_preferred", "accepted", "action", "drag", "stage")
    source: DataSource

    def __init__(self, client: Client, version: int, drag: Drag, source: DataSource) -> None:
        super().__init__(client, version, source)
        self.drag = drag
        self.stage: Literal["over", "dropped", "finished", "gone"] = "over"
        self.accepted: str | None = None
        # A target too old to name actions copies.
        self._actions = 0 if version >= DRAG_RESULT_SINCE else COPY
        self._preferred = 0
        self.action = 0

    # --- requests

    def on_accept(self, _serial: int, mime_type: str | None) -> None:
        self._check_unfinished()
        if self.stage in ("over", "dropped"):
            self.accepted = mime_type
            self._spoken()

    def on_set_actions(self, actions: int, preferred: int) -> None:
        self._check_unfinished()
        self.check_actions(actions, preferred)
        if self.stage == "dropped":
            self._answer(actions, preferred)
        elif self.stage == "over":
            self._actions, self._preferred = actions, preferred
            self._spoken()

    def on_receive(self, mime_type: str, fd: int) -> None:
        if self.stage in ("over", "dropped"):
            self.ask(mime_type, fd, hovering=self.stage == "over")
        else:
            os.close(fd)
            self._check_unfinished()

    def on_finish(self) -> None:
        errors = WlDataOffer.error
        if self.stage != "dropped":
            raise self.error(errors.invalid_finish, "nothing was dropped, or it was finished already")
        if self.accepted is None or self.action in (0, ASK):
            raise self.error(errors.invalid_finish, "finished without an accepted type and an action")
        self.stage = "finished"
        self.source.tell_action(self.action)
        self.source.send_dnd_finished()

    def _check_unfinished(self) -> None:
        if self.stage == "finished":
            raise self.error(WlDataOffer.error.invalid_offer, "the drag was finished")

    # --- files of another app

    def file_list(self) -> FileList:
        return self.drag.file_list(self.client.instance)

    @property
    def takes_files(self) -> bool:
        """Whether the client wants the list of files, or has seen it and may open what is in it."""
        return self.hands_files and (self.accepted in LISTS or self.drag.has_file_list(self.client.instance))

    @property
    def allowed(self) -> int:
        """Actions that the target may choose of. Files of another app are copies, so nothing is moved."""
        return self.source.drag_actions & (COPY if self.hands_files else ~0)

    # --- settling

    def _spoken(self) -> None:
        if self.stage == "over":
            self.drag.spoken(self)
        else:
            self.source.tell_target(self.accepted)

    def settle(self, wanted: int) -> None:
        """Find the action and tell both sides; see `settled_action` for `wanted`."""
        self.tell_action(settled_action(self.allowed, self._actions, self._preferred, wanted))
        self.source.tell_target(self.accepted)
        self.source.tell_action(self.action)

    def _answer(self, actions: int, preferred: int) -> None:
        """What the user chose when asked; any other action was final with the drop."""
        if self.action != ASK:
            return
        if preferred & ~self.allowed:
            raise self.error(WlDataOffer.error.invalid_action, f"the source does not allow {preferred}")
        self.tell_action(settled_action(self.allowed, actions, preferred, 0))

    def tell_action(self, action: int) -> None:
        if action != self.action:
            self.action = action
            self.send_action(action)

    @property
    def takes_drop(self) -> bool:
        # The answers of an old target are no more than a hint for the picture.
        return self.action != 0 and (self.accepted is not None or self.version < DRAG_RESULT_SINCE)

    # --- the end

    def drop(self) -> None:
        self.stage = "dropped"

    def leave(self) -> None:
        if self.stage == "over":
            self.stage = "gone"

    def give_up(self) -> None:
        """It was dropped, but the client will not hear of it."""
        if self.stage == "dropped":
            self.stage = "gone"
            self._drop_failed()

    def destroyed(self) -> None:
        if self.stage == "over":
            self.drag.silenced(self)
        elif self.stage == "gone":
            self.drag.thrown_away(self)
        elif self.stage == "dropped":
            for device in self.client.all(DataDevice):
                device.forget_drop(self)
            if self.version < DRAG_RESULT_SINCE and self.source.alive:
                self.source.send_dnd_finished()
            else:
                self._drop_failed()

    def _drop_failed(self) -> None:
        if self.source.alive:
            self.source.drag_cancelled()
