"""What each subcommand does: one message to the engine or the shell, its result printed."""

from __future__ import annotations

import argparse
import dataclasses
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from berth.core import messages as m
from berth.core.arrangement import SIDES, parse_position
from berth.core.outputs import MOST_OUTPUTS, OutputSpec, parse_spec
from berth.core.paths import Paths, session_paths
from berth.core.plan import RUNTIMES
from berth.core.problem import Problem
from berth.core.search import find
from berth.core.transform import NAMES
from berth.link.blocking import BlockingLink
from berth.making import result_showing_progress, subjects_of
from berth.output import (
    as_builtins,
    print_fields,
    print_json,
    print_output,
    print_problems,
    print_table,
    size_text,
)
from berth.runtimes import exec_streams

_SHELL_SECONDS = 30.0
_CALL = 1
"""Number of the only call on a connection; `berth.early` uses it too."""


# --- talking to the session


def _connect(paths: Paths) -> BlockingLink:
    return BlockingLink.connect(paths.engine_socket, m.Hello("control"))


def ask(options: argparse.Namespace, request: m.EngineRequest | m.ShellRequest, fds: Sequence[int] = ()) -> m.Result:
    """One request, one result. Requests to the shell are bounded in time, those to the engine are not."""
    link = _connect(options.paths)
    try:
        timeout = _SHELL_SECONDS if isinstance(request, m.ShellRequest) else None
        return link.call(request, fds, timeout)
    finally:
        link.close()


def do(options: argparse.Namespace, request: m.EngineRequest | m.ShellRequest) -> int:
    ask(options, request)
    return 0


# --- the session


def session(options: argparse.Namespace) -> int:
    from berth.session import Session, SessionOptions

    specs = _output_specs(options.outputs, options.size)
    chosen = SessionOptions(options.platform, specs, options.full_screen, options.form_factor, options.renderer)
    return Session(options.paths, chosen, os.environ).run()


def greeter(options: argparse.Namespace) -> int:
    from berth.login.greetd import SOCKET
    from berth.session import Session, SessionOptions

    if not os.environ.get(SOCKET):
        raise Problem(
            "no-greetd",
            "The login screen needs greetd, which is not there.",
            "It is started by greetd: docs/greeter.md says what belongs into its configuration.",
        )
    specs = _output_specs(options.outputs, options.size)
    chosen = SessionOptions(
        options.platform, specs, options.full_screen, options.form_factor, options.renderer, greeter=True
    )
    paths = session_paths("greeter", os.environ, os.getuid())
    if options.state is not None:
        paths = dataclasses.replace(paths, state=options.state)
    return Session(paths, chosen, os.environ).run()


def _output_specs(text: str, size: tuple[int, int]) -> tuple[OutputSpec, ...]:
    if not text.isdecimal():
        return tuple(parse_spec(part) for part in text.split(","))
    if not 1 <= int(text) <= MOST_OUTPUTS:
        raise Problem("bad-output", f"There can be 1 to {MOST_OUTPUTS} outputs, not {text}.")
    return (OutputSpec(*size, 0.0),) * int(text)


def doctor(options: argparse.Namespace) -> int:
    from berth.doctor import examine

    report = examine(options.paths, os.environ)
    if options.json:
        print_json(report.as_dict())
    else:
        report.print()
    return 0 if report.healthy else 1


# --- apps and instances


def run_app(options: argparse.Namespace) -> int:
    if options.requested is not None:
        link = BlockingLink(socket.socket(fileno=options.requested.detach()))
    else:
        try:
            link = _connect(options.paths)
        except Problem as problem:
            if problem.code != "no-session" or not os.environ.get("WAYLAND_DISPLAY"):
                raise
            return _run_standalone(options)
        profile, version, share = options.profile, options.version, options.share_data
        request = m.RunApp(options.app, tuple(options.inner), options.wait, profile, version, share)
        link.send(m.Call(_CALL, request))
    try:
        started = result_showing_progress(link, _CALL, subjects_of(m.RunApp(options.app)))
    finally:
        link.close()
    if isinstance(started, m.Started):
        if options.json:
            print_json({"instance": started.instance})
        else:
            print(started.instance)
    return 0


def _run_standalone(options: argparse.Namespace) -> int:
    from berth.engine.standalone import run_standalone

    how = (options.profile, options.version, options.share_data)
    return run_standalone(options.paths, options.app, tuple(options.inner), os.environ, *how)


def ps(options: argparse.Namespace) -> int:
    result = ask(options, m.ListInstances())
    assert isinstance(result, m.Instances)
    if options.json:
        print_json(as_builtins(result.instances))
        return 0
    rows = [
        (
            i.instance,
            f"{i.app} ({i.profile})" if i.profile else i.app,
            i.version or "-",
            i.state,
            str(i.windows),
            "yes" if i.network else "no",
            i.runtime,
            i.limits,
        )
        for i in result.instances
    ]
    print_table(("INSTANCE", "APP", "VERSION", "STATE", "WINDOWS", "NETWORK", "RUNTIME", "LIMITS"), rows)
    return 0


def logs(options: argparse.Namespace) -> int:
    result = ask(options, m.GetLogs(options.instance))
    assert isinstance(result, m.Logs)
    print_output(result.text)
    return 0


def exec_in(options: argparse.Namespace) -> int:
    if not options.inner:
        raise Problem("usage", "There is no command to run.", "Write it after two dashes: berth exec ID -- CMD")

    def execute(fds: exec_streams.Fds) -> int:
        result = ask(options, m.ExecInInstance(options.instance, tuple(options.inner)), fds)
        assert isinstance(result, m.Exited)
        return result.code

    return exec_streams.call_through(execute)


def apps(options: argparse.Namespace) -> int:
    result = ask(options, m.ListApps())
    assert isinstance(result, m.Apps)
    known = sorted({category for app in result.apps for category in app.categories})
    if options.category is not None and options.category not in known:
        raise Problem("usage", f"There is no category “{options.category}”.", f"Categories are: {', '.join(known)}")
    chosen = [app for app in result.apps if options.category in (None, *app.categories)]
    found = find(chosen, " ".join(options.words), _searched)
    if options.json:
        print_json(as_builtins(found))
        return 0
    print_problems(result.problems)
    if not found:
        raise Problem("nothing-found", "No app of the catalogue fits.", "List all of them with: berth apps")
    elif len(found) == 1 and options.words:
        _print_app(found[0])
    else:
        rows = [(app.app, app.name, ", ".join(app.categories), *_state(app), _asks_for(app)) for app in found]
        print_table(("APP", "NAME", "CATEGORIES", "SIZE", "VERSION", "IMAGE", "ASKS FOR"), rows)
    return 0


def _searched(app: m.AppInfo) -> tuple[str, str]:
    return app.name, " ".join((app.summary, app.app, app.publisher, *app.categories, *app.keywords))


def _state(app: m.AppInfo) -> tuple[str, str, str]:
    """Size, version and state; a size that is only expected has a mark."""
    size = f"{'' if app.image else '~'}{size_text(app.size)}" if app.size else "-"
    return size, app.version or "-", app.image_state


def _asks_for(app: m.AppInfo) -> str:
    return ", ".join(p.permission for p in app.permissions) or "-"


def _print_app(app: m.AppInfo) -> None:
    size, version, state = _state(app)
    print_fields(
        (
            (app.name, app.summary),
            ("App", app.app),
            ("Publisher", app.publisher),
            ("Licence", app.licence),
            ("Homepage", app.homepage),
            ("Categories", ", ".join(app.categories)),
            ("Keywords", ", ".join(app.keywords)),
            *(("Screenshot", address) for address in app.screenshots),
            *(("Picture", f"{picture.caption}: {picture.path}") for picture in app.pictures),
            ("Version", version),
            ("Image", state),
            ("Size", size),
            *(("Asks for", ": ".join(filter(None, (p.permission, p.reason)))) for p in app.permissions),
            ("Manifest", app.source),
        )
    )


# --- images


def images(options: argparse.Namespace) -> int:
    if options.action == "build":
        return _done(options, m.BuildImage(options.what))
    if options.action == "import":
        return _done(options, m.ImportImage(os.fspath(Path(options.what).absolute())))
    result = ask(options, m.ListImages())
    assert isinstance(result, m.Images)
    if options.json:
        print_json(as_builtins(result.images))
        return 0
    rows = [
        (i.image, i.digest.removeprefix("sha256:")[:12], size_text(i.size), size_text(i.shared), str(i.packages))
        for i in result.images
    ]
    print_table(("IMAGE", "DIGEST", "SIZE", "SHARED", "PACKAGES"), rows)
    return 0


def _done(options: argparse.Namespace, request: m.EngineRequest) -> int:
    ask_showing_progress(options, request)
    return 0


def ask_showing_progress(options: argparse.Namespace, request: m.EngineRequest) -> m.Result:
    """As `ask`, for what may take minutes: Ctrl+C cancels it."""
    link = _connect(options.paths)
    try:
        link.send(m.Call(_CALL, request))
        return result_showing_progress(link, _CALL, subjects_of(request))
    finally:
        link.close()


# --- permissions


def prompts(options: argparse.Namespace) -> int:
    if options.action == "answer":
        return do(options, m.AnswerPrompt(options.prompt, options.answer == "allow", options.duration))
    result = ask(options, m.ListPrompts())
    assert isinstance(result, m.Prompts)
    if options.json:
        print_json(as_builtins(result.prompts))
        return 0
    print_table(
        ("PROMPT", "APP", "ASKS FOR", "REASON"), [(p.prompt, p.app, p.permission, p.reason) for p in result.prompts]
    )
    return 0


def permissions(options: argparse.Namespace) -> int:
    if options.permission:
        if not options.decision:
            raise Problem("usage", "The decision is missing.", "Add one of: allow, deny, ask")
        return do(options, m.SetPermission(options.app, options.permission, options.decision))
    result = ask(options, m.GetPermissions(options.app))
    assert isinstance(result, m.Permissions)
    if options.json:
        print_json(as_builtins(result.permissions))
        return 0
    rows = [(p.permission, p.decision, p.duration or "-", p.reason) for p in result.permissions]
    print_table(("PERMISSION", "DECISION", "FOR", "REASON"), rows)
    return 0


def runtime(options: argparse.Namespace) -> int:
    """Words are an app, a runtime, or both; without a runtime what is chosen is shown."""
    names = (*RUNTIMES, "default")
    chosen = [word for word in options.words if word in names]
    apps = [word for word in options.words if word not in names]
    if len(apps) > 1 or len(chosen) > 1:
        # An app's id has a dot, so who means a runtime has mistyped it.
        unknown = next((word for word in apps if "." not in word), "")
        what = f"There is no runtime “{unknown}”." if unknown else "One app and one runtime at most."
        raise Problem("usage", what, f"Runtimes are: {', '.join(RUNTIMES)}, or default")
    app = apps[0] if apps else ""
    if chosen:
        return do(options, m.SetRuntime(app, "" if chosen[0] == "default" else chosen[0]))
    result = ask(options, m.GetRuntimes(app))
    assert isinstance(result, m.Runtimes)
    if options.json:
        print_json({"runtime": result.effective, "chosen": result.chosen})
        return 0
    suffix = "" if result.chosen or not app else " (not chosen for this app)"
    print(f"{result.effective}{suffix}", file=sys.stdout)
    return 0


# --- windows and input


def windows(options: argparse.Namespace) -> int:
    result = ask(options, m.ListWindows())
    assert isinstance(result, m.Windows)
    if options.json:
        print_json(as_builtins(result.windows))
        return 0
    rows = [
        (
            str(w.window),
            w.app,
            w.title,
            f"{w.width}x{w.height}+{w.x}+{w.y}",
            "minimized" if w.minimized else w.state,
            "*" if w.focused else "",
        )
        for w in sorted(result.windows, key=lambda window: -window.z)
    ]
    print_table(("WINDOW", "APP", "TITLE", "PLACE", "STATE", "FOCUS"), rows)
    return 0


def outputs(options: argparse.Namespace) -> int:
    result = ask(options, m.ListOutputs())
    assert isinstance(result, m.OutputList)
    if options.json:
        print_json(as_builtins(result.outputs))
        return 0
    rows = [
        (
            o.name,
            f"{o.width}x{o.height}+{o.x}+{o.y}",
            f"{o.scale:g}",
            NAMES[o.transform],
            f"{o.refresh / 1000:g}",
            "*" if o.primary else "",
        )
        for o in result.outputs
    ]
    print_table(("OUTPUT", "PLACE", "SCALE", "TRANSFORM", "HZ", "PRIMARY"), rows)
    return 0


def output(options: argparse.Namespace) -> int:
    side = next((side for side in SIDES if getattr(options, side.replace("-", "_")) is not None), None)
    return do(
        options,
        m.ChangeOutput(
            options.output,
            options.scale,
            options.primary,
            options.transform,
            options.default,
            parse_position(options.position) if options.position is not None else None,
            side,
            getattr(options, side.replace("-", "_")) if side is not None else "",
        ),
    )


def plug(options: argparse.Namespace) -> int:
    return do(options, m.PlugOutput(*parse_spec(options.what)))


def pointer(options: argparse.Namespace) -> int:
    result = ask(options, m.GetPointer())
    assert isinstance(result, m.PointerInfo)
    if options.json:
        print_json(as_builtins(result))
    else:
        print(f"{result.x} {result.y} {result.cursor}")
    return 0


def screenshot(options: argparse.Namespace) -> int:
    from berth.session import write_atomically

    result = ask(options, m.Screenshot(options.window, options.output))
    assert isinstance(result, m.Picture)
    write_atomically(Path(options.file), result.png)
    return 0


def touch(options: argparse.Namespace) -> int:
    numbers = options.points
    if len(numbers) % 2:
        raise Problem("usage", "A touch takes pairs of numbers.", "For example: berth input touch 100 200 300 200")
    return do(options, m.InputTouch(tuple(zip(numbers[::2], numbers[1::2], strict=True))))


# --- other desktops


def desktop_entries(options: argparse.Namespace) -> int:
    request = m.OfferToDesktops(options.switch == "on") if options.switch else m.GetDesktopEntries()
    result = ask(options, request)
    assert isinstance(result, m.DesktopEntries)
    print(f"on, in {result.directory}" if result.on else "off", file=sys.stdout)
    return 0
