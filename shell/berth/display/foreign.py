"""xdg-foreign, both versions: one client's window as the parent of another client's.

A handle is a secret that whoever is told may use: a portal's file chooser is put above the window of
the app that asked for it. Both versions differ in names only, and share their handles.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from pywayland.protocol import xdg_foreign_unstable_v1 as v1
from pywayland.protocol import xdg_foreign_unstable_v2 as v2

from berth.display.resource import Resource, event
from berth.display.toplevel import Toplevel, toplevel_of

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.surface import Surface

_INVALID_SURFACE = int(v2.ZxdgExporterV2.error.invalid_surface)
"""The first version has the error in its text but forgot to number it."""


class Exported(Resource):
    """A handle for `toplevel`, valid until this object or the window is destroyed."""

    __slots__ = ("handle", "imported", "toplevel")
    send_handle: Any

    def __init__(self, client: Client, version: int, new_id: int, toplevel: Toplevel) -> None:
        super().__init__(client, version, new_id)
        self.toplevel = toplevel
        self.handle = secrets.token_urlsafe()
        self.imported: list[Imported] = []
        toplevel.exports.append(self)
        client.server.exports[self.handle] = self
        self.send_handle(self.handle)

    def revoke(self) -> None:
        """End what was made of the handle; there is nothing behind it any more."""
        self.client.server.exports.pop(self.handle, None)
        imported, self.imported = self.imported, []
        for one in imported:
            one.end()

    def destroyed(self) -> None:
        self.revoke()
        if self in self.toplevel.exports:
            self.toplevel.exports.remove(self)


class Imported(Resource):
    """Another client's window; `exported` is None once that is gone."""

    __slots__ = ("_children", "exported")
    send_destroyed: Any

    def __init__(self, client: Client, version: int, new_id: int, exported: Exported | None) -> None:
        super().__init__(client, version, new_id)
        self.exported = exported
        self._children: list[Toplevel] = []
        if exported is None:
            self.send_destroyed()
        else:
            exported.imported.append(self)

    def on_set_parent_of(self, surface: Surface) -> None:
        child = toplevel_of(surface)
        if child is None:
            raise self.error(_INVALID_SURFACE, "the surface is no toplevel")
        if self.exported is not None:
            child.set_parent(self.exported.toplevel)
            self._children = [other for other in self._children if other.alive and other is not child] + [child]

    def end(self) -> None:
        """The window is gone, or its handle."""
        self._leave()
        self.send_destroyed()

    def _leave(self) -> None:
        exported, self.exported = self.exported, None
        children, self._children = self._children, []
        for child in children:
            if exported is not None and child.alive and child.parent is exported.toplevel:
                child.set_parent(None)

    def destroyed(self) -> None:
        if self.exported is not None:
            self.exported.imported.remove(self)
        self._leave()


class ExportedV1(Exported):
    __slots__ = ()
    interface = v1.ZxdgExportedV1
    send_handle = event(v1.ZxdgExportedV1, "handle")


class ExportedV2(Exported):
    __slots__ = ()
    interface = v2.ZxdgExportedV2
    send_handle = event(v2.ZxdgExportedV2, "handle")


class ImportedV1(Imported):
    __slots__ = ()
    interface = v1.ZxdgImportedV1
    send_destroyed = event(v1.ZxdgImportedV1, "destroyed")


class ImportedV2(Imported):
    __slots__ = ()
    interface = v2.ZxdgImportedV2
    send_destroyed = event(v2.ZxdgImportedV2, "destroyed")


class ExporterV1(Resource):
    __slots__ = ()
    interface = v1.ZxdgExporterV1

    def on_export(self, new_id: int, surface: Surface) -> None:
        ExportedV1(self.client, self.version, new_id, _exportable(self, surface))


class ExporterV2(Resource):
    __slots__ = ()
    interface = v2.ZxdgExporterV2

    def on_export_toplevel(self, new_id: int, surface: Surface) -> None:
        ExportedV2(self.client, self.version, new_id, _exportable(self, surface))


class ImporterV1(Resource):
    __slots__ = ()
    interface = v1.ZxdgImporterV1

    def on_import(self, new_id: int, handle: str) -> None:
        ImportedV1(self.client, self.version, new_id, self.client.server.exports.get(handle))


class ImporterV2(Resource):
    __slots__ = ()
    interface = v2.ZxdgImporterV2

    def on_import_toplevel(self, new_id: int, handle: str) -> None:
        ImportedV2(self.client, self.version, new_id, self.client.server.exports.get(handle))


def _exportable(exporter: Resource, surface: Surface) -> Toplevel:
    toplevel = toplevel_of(surface)
    if toplevel is None:
        raise exporter.error(_INVALID_SURFACE, "the surface is no toplevel")
    return toplevel
