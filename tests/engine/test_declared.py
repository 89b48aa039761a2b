"""Going back to an older version takes back what only the newer one asks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from berth.engine.images import layout
from berth.engine.images.store import ImageStore
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_removal import own_engine as own_engine
from tests.engine.test_versions import archive_of

PANEL = "org.example.Panel"


def built(engine: EngineProcess, place: Path, version: str, *permissions: str) -> str:
    """An image that says what the app's manifest asked for when it was made; returns its digest."""
    store = ImageStore(engine.paths.images)
    image = store.import_archive(archive_of(place, version, PANEL))
    path = engine.paths.images / "index.json"
    index = json.loads(path.read_bytes())
    for item in index["manifests"]:
        if item["digest"] == image.digest:
            item["annotations"][layout.PERMISSIONS] = " ".join(permissions)
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(index))
    temporary.replace(path)
    return image.digest


def use(caller: Caller, digest: str) -> None:
    """Once the engine has seen that image; it looks at all of them again then."""
    caller.event(m.AppsChanged, lambda event: (PANEL, digest) in {(app.app, app.image) for app in event.apps})
    caller.call(m.ChangeVersion(PANEL, "use", digest))


def asks_for(caller: Caller) -> dict[str, str]:
    app = next(app for app in caller.call(m.ListApps()).apps if app.app == PANEL)
    assert app.permissions == caller.call(m.GetPermissions(PANEL)).permissions
    return {permission.permission: permission.decision for permission in app.permissions}


def started(caller: Caller, display: PlayedDisplay, version: str = "") -> tuple[str, tuple[str, ...]]:
    """The instance, and what the display server is told that it may."""
    instance: str = caller.call(m.RunApp(PANEL, version=version)).instance
    while (told := display.expect(m.ListenInstance)).instance != instance:
        continue
    return instance, told.granted


def test_going_back_takes_back_what_came_later(own_engine: EngineProcess, tmp_path: Path) -> None:
    display, caller = own_engine.display(), own_engine.caller()
    caller.call(m.RemoveApp(PANEL))
    old = built(own_engine, tmp_path, "1.0", "network")
    new = built(own_engine, tmp_path, "2.0", "network", "window-list")
    use(caller, new)
    assert set(asks_for(caller)) == {"network", "window-list"}
    caller.call(m.SetPermission(PANEL, "window-list", "allow"))
    caller.call(m.SetPermission(PANEL, "network", "allow"))
    _first, granted = started(caller, display)
    assert granted == ("window-list",)
    _second, granted = started(caller, display, old)
    assert granted == (), "the older one has never asked for it"

    caller.call(m.ChangeVersion(PANEL, "use"))
    assert asks_for(caller) == {"network": "allow"}
    with pytest.raises(Problem) as raised:
        caller.call(m.SetPermission(PANEL, "window-list", "allow"))
    assert raised.value.code == "permission-undeclared"
    assert "older version" in raised.value.hint and "Declare" not in raised.value.hint
    third, granted = started(caller, display)
    assert granted == ()
    newer, granted = started(caller, display, new)
    assert granted == ("window-list",), "beside it the newer one has what it asks for"

    own_engine.restart()
    display, caller = own_engine.display(), own_engine.caller()
    told = {}
    while not {third, newer} <= set(told):
        message = display.expect(m.ListenInstance)
        told[message.instance] = message.granted
    assert (told[third], told[newer]) == ((), ("window-list",)), "also for the next engine"
    assert asks_for(caller) == {"network": "allow"}

    for info in caller.call(m.ListInstances()).instances:
        caller.call(m.StopInstance(info.instance))
    caller.call(m.ChangeVersion(PANEL, "remove", new))
    assert asks_for(caller) == {"network": "allow"}, "the older one is none the newer for that"
    use(caller, built(own_engine, tmp_path, "2.0", "network", "window-list"))
    assert asks_for(caller)["window-list"] == "ask", "what was allowed to the newer one has gone with it"


def test_coming_forward_again_asks_no_second_time(own_engine: EngineProcess, tmp_path: Path) -> None:
    own_engine.display()
    caller = own_engine.caller()
    caller.call(m.RemoveApp(PANEL))
    built(own_engine, tmp_path, "1.0", "network")
    new = built(own_engine, tmp_path, "2.0", "network", "window-list")
    use(caller, new)
    caller.call(m.SetPermission(PANEL, "window-list", "allow"))
    caller.call(m.ChangeVersion(PANEL, "use"))
    assert "window-list" not in asks_for(caller)
    caller.call(m.ChangeVersion(PANEL, "use", new))
    assert asks_for(caller)["window-list"] == "allow"
