"""Every protocol error that the specifications name is sent to some client in these tests."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pywayland.protocol import wayland

import berth.display
from berth.display.resource import Resource
from tests.display.client import refusals

HERE = Path(__file__).parent

NEVER = {
    ("wl_display", "no_memory"),  # nothing a test could bring about
    ("wl_shm", "invalid_format"),  # a format is named to a pool only
    ("wl_seat", "missing_capability"),  # the seat has all of them, always
    ("wp_color_management_surface_feedback_v1", "unsupported_feature"),  # what it is about is supported
    ("wp_presentation", "invalid_flag"),  # no request carries flags
    ("wp_presentation", "invalid_timestamp"),  # no request carries a time
    ("wp_security_context_manager_v1", "nested"),  # who has a context cannot see it
    ("zwp_virtual_keyboard_manager_v1", "unauthorized"),  # who may not use it cannot see it
}
"""Errors that no request can provoke here."""


def _resources(kind: type[Resource] = Resource) -> Iterator[type[Resource]]:
    for derived in kind.__subclasses__():
        yield derived
        yield from _resources(derived)


def _named() -> dict[tuple[str, int], str]:
    """What the interfaces that we implement can answer with, and the name of each error."""
    for module in pkgutil.iter_modules(berth.display.__path__):
        if module.name != "__main__":
            importlib.import_module(f"berth.display.{module.name}")
    ours = {kind.interface for kind in _resources() if kind.interface is not None}
    interfaces = [*ours, wayland.WlDisplay]
    named = {(i.name, int(error)): error.name for i in interfaces for error in getattr(i, "error", ())}
    # Those of wl_shm are sent on whichever of its objects the mistake was made with.
    return named | {("wl_shm_pool", int(error)): error.name for error in wayland.WlShm.error}


def test_every_error_was_sent(request: pytest.FixtureRequest) -> None:
    files = {item.path for item in request.session.items}
    whole = files >= set(HERE.glob("test_*.py")) and not any("::" in word for word in request.config.args)
    if not whole or request.config.option.keyword or request.config.option.markexpr:
        pytest.skip("this can be told only after all tests of the display server")
    missing = {(interface, name) for (interface, code), name in _named().items() if (interface, code) not in refusals}
    assert missing == NEVER
