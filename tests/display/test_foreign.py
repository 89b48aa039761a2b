"""xdg-foreign: windows of one client above those of another, for as long as both sides want."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pywayland.protocol import xdg_foreign_unstable_v1 as v1
from pywayland.protocol import xdg_foreign_unstable_v2 as v2
from pywayland.protocol import xdg_shell

from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi

VERSIONS: dict[int, tuple[Any, str, Any, str]] = {
    1: (v1.ZxdgExporterV1, "export", v1.ZxdgImporterV1, "import"),
    2: (v2.ZxdgExporterV2, "export_toplevel", v2.ZxdgImporterV2, "import_toplevel"),
}


class Two:
    """Two apps with a window each, the first of them number 1."""

    def __init__(self, display: Display) -> None:
        self.ui: FakeUi = display.ui()
        self.one = display.app(display.instance("one"))
        self.two = display.app(display.instance("two"))
        self.first, self.second = Window(self.one), Window(self.two)
        self.settle()

    def settle(self) -> None:
        for app in (self.one, self.two):
            if not app.closed:
                app.roundtrip()
        self.ui.settle()
        for app in (self.one, self.two):
            if not app.closed:
                app.roundtrip()

    def export(self, app: App, surface: Object, version: int = 2) -> Object:
        exporter, request, _importer, _import = VERSIONS[version]
        exported: Object = getattr(app.bind(exporter), request)(surface)
        return exported

    def handle(self, exported: Object) -> str:
        exported.client.roundtrip()
        handle: str = exported.last("handle")[0]
        return handle

    def import_(self, app: App, handle: str, version: int = 2) -> Object:
        _exporter, _export, importer, request = VERSIONS[version]
        imported: Object = getattr(app.bind(importer), request)(handle)
        return imported

    @property
    def parents(self) -> list[int]:
        self.settle()
        return [window.parent for window in self.ui.windows.values()]


@pytest.fixture
def two(display: Display) -> Two:
    return Two(display)


@pytest.mark.parametrize("version", [1, 2])
def test_a_window_above_that_of_another_app(two: Two, version: int) -> None:
    handle = two.handle(two.export(two.one, two.first.surface, version))
    imported = two.import_(two.two, handle, version)
    imported.set_parent_of(two.second.surface)
    assert two.parents == [0, 1]
    imported.destroy()
    assert two.parents == [0, 0]


def test_handles_differ_and_serve_more_than_once(two: Two) -> None:
    handles = [two.handle(two.export(two.one, two.first.surface)) for _ in range(3)]
    assert len(set(handles)) == 3 and all(len(handle) > 30 for handle in handles)
    for _ in range(2):
        imported = two.import_(two.two, handles[0])
        imported.set_parent_of(two.second.surface)
        assert two.parents == [0, 1]
        assert not imported.named("destroyed")


@pytest.mark.parametrize("version", [1, 2])
def test_an_unexported_window_is_nobodys_parent(two: Two, version: int) -> None:
    exported = two.export(two.one, two.first.surface, version)
    imported = two.import_(two.two, two.handle(exported), version)
    imported.set_parent_of(two.second.surface)
    assert two.parents == [0, 1]
    exported.destroy()
    two.settle()
    assert imported.named("destroyed")
    assert two.parents == [0, 0]
    imported.set_parent_of(two.second.surface)
    assert two.parents == [0, 0]
    imported.destroy()
    two.settle()


def test_an_exported_window_that_is_destroyed(two: Two) -> None:
    exported = two.export(two.one, two.first.surface)
    imported = two.import_(two.two, two.handle(exported))
    two.first.toplevel.destroy()
    two.settle()
    assert imported.named("destroyed")
    late = two.import_(two.two, two.handle(exported))
    two.settle()
    assert late.named("destroyed")
    exported.destroy()
    two.settle()


def test_an_exporting_app_that_dies(two: Two) -> None:
    imported = two.import_(two.two, two.handle(two.export(two.one, two.first.surface)))
    imported.set_parent_of(two.second.surface)
    two.settle()
    two.one.close()
    two.two.until(lambda: imported.named("destroyed"))
    two.two.roundtrip()
    two.ui.until(lambda: [window.parent for window in two.ui.windows.values()] == [0])


@pytest.mark.parametrize("version", [1, 2])
def test_guessed_handles_lead_nowhere(two: Two, version: int) -> None:
    imported = two.import_(two.two, "window-1", version)
    two.settle()
    assert imported.named("destroyed")


def test_another_parent_is_not_taken_away(two: Two) -> None:
    imported = two.import_(two.two, two.handle(two.export(two.one, two.first.surface)))
    imported.set_parent_of(two.second.surface)
    third = Window(two.two)
    two.second.toplevel.set_parent(third.toplevel)
    assert two.parents == [0, 3, 0]
    imported.destroy()
    assert two.parents == [0, 3, 0]


def _circle(two: Two) -> None:
    there = two.import_(two.two, two.handle(two.export(two.one, two.first.surface)))
    there.set_parent_of(two.second.surface)
    two.settle()
    back = two.import_(two.one, two.handle(two.export(two.two, two.second.surface)))
    back.set_parent_of(two.first.surface)


def _child_without_role(two: Two, version: int) -> None:
    handle = two.handle(two.export(two.one, two.first.surface, version))
    two.import_(two.one, handle, version).set_parent_of(two.one.surface())


@pytest.mark.parametrize(
    ("misuse", "interface", "code"),
    [
        (lambda t: t.export(t.one, t.one.surface(), 1), "zxdg_exporter_v1", 0),
        (lambda t: t.export(t.one, t.one.surface()), "zxdg_exporter_v2", v2.ZxdgExporterV2.error.invalid_surface),
        (lambda t: _child_without_role(t, 1), "zxdg_imported_v1", 0),
        (lambda t: _child_without_role(t, 2), "zxdg_imported_v2", v2.ZxdgImportedV2.error.invalid_surface),
        (_circle, "xdg_toplevel", xdg_shell.XdgToplevel.error.invalid_parent),
    ],
)
def test_misuse(two: Two, misuse: Callable[[Two], object], interface: str, code: int) -> None:
    misuse(two)
    with pytest.raises(ClientError) as raised:
        two.one.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface, int(code)), raised.value.message
