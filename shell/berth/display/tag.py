"""xdg-toplevel-tag: what a window is for, in a word for configurations and one for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.xdg_toplevel_tag_v1 import XdgToplevelTagManagerV1

from berth.display.resource import Resource

if TYPE_CHECKING:
    from berth.display.toplevel import Toplevel


class ToplevelTagManager(Resource):
    __slots__ = ()
    interface = XdgToplevelTagManagerV1

    def on_set_toplevel_tag(self, toplevel: Toplevel, tag: str) -> None:
        if tag != toplevel.tag:
            toplevel.tag = tag
            toplevel.changed()

    def on_set_toplevel_description(self, toplevel: Toplevel, description: str) -> None:
        if description != toplevel.description:
            toplevel.description = description
            toplevel.changed()
