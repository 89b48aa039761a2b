"""The grammar of the command line: which subcommands there are and what they take."""

from __future__ import annotations

import _socket
import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from berth import (
    __version__,
    commands,
    dock_commands,
    image_commands,
    inside_commands,
    key_commands,
    keyboard_commands,
    level_commands,
    registry_commands,
    setting_commands,
    sound_commands,
    theme_adjusting,
    theme_commands,
    theme_sources,
)
from berth import removal_commands as removal
from berth import version_commands as versions
from berth.core import messages as m
from berth.core.arrangement import SIDES
from berth.core.paths import DEFAULT_NAME, session_paths
from berth.core.plan import RUNTIMES
from berth.core.transform import NAMES as TRANSFORMS
from berth.option_parser import OptionParser

if TYPE_CHECKING:
    Subcommands = argparse._SubParsersAction[OptionParser]

_WITH_AN_APP = ("run", "exec")
_WHICH = "berth ps lists them; an app that runs once can be named itself"
Command = Callable[[argparse.Namespace], int]


def run(arguments: Sequence[str], requested: _socket.socket | None = None) -> int:
    """Parse `arguments` and run the subcommand; returns its exit code.

    `requested` is the connection on which `berth.early` has sent the request already.

    Raises:
        Problem: what went wrong, for `berth.__main__` to print.
    """
    own, inner = _split_inner(arguments)
    options = _parser().parse_args(level_commands.plain_numbers(own))
    options.inner = inner
    options.requested = requested
    options.paths = session_paths(options.name, os.environ, os.getuid())
    command: Command = options.command
    return command(options)


def _split_inner(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands after ``--`` belongs to the app where there is one; elsewhere it may begin with a dash."""
    values = list(arguments)
    if "--" not in values:
        return values, []
    place = values.index("--")
    if _command_in(values[:place]) in _WITH_AN_APP:
        return values[:place], values[place + 1 :]
    return values, []


def _command_in(arguments: Sequence[str]) -> str:
    words = iter(arguments)
    for word in words:
        if word == "--name":
            next(words, "")
        elif not word.startswith("-"):
            return word
    return ""


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a size like 1280x800") from None
    if not (320 <= width <= 16384 and 240 <= height <= 16384):
        raise argparse.ArgumentTypeError("a screen is 320x240 at least and 16384x16384 at most")
    return width, height


def _transform(text: str) -> int:
    if text not in TRANSFORMS:
        raise argparse.ArgumentTypeError(f"“{text}” is none of {', '.join(TRANSFORMS)}")
    return TRANSFORMS.index(text)


def _parser() -> OptionParser:
    parser = OptionParser(prog="berth", description="A desktop in which every app runs in its own berth.")
    parser.add_argument("--version", action="version", version=f"berth {__version__}")
    parser.add_argument("--name", default=DEFAULT_NAME, help="the session; several can run side by side")
    parser.add_argument("--debug", action="store_true", help="show tracebacks of internal errors")
    subcommands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_session_commands(subcommands)
    _add_app_commands(subcommands)
    _add_key_commands(subcommands)
    _add_version_commands(subcommands)
    _add_removal_commands(subcommands)
    _add_permission_commands(subcommands)
    _add_runtime_command(subcommands)
    _add_setting_commands(subcommands)
    _add_window_commands(subcommands)
    _add_output_commands(subcommands)
    _add_level_commands(subcommands)
    _add_input_commands(subcommands)
    _add_theme_commands(subcommands)
    return parser


def _add(
    subcommands: Subcommands, name: str, text: str, command: Command | None = None, *, json: bool = False
) -> OptionParser:
    parser = subcommands.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".")
    if json:
        parser.add_argument("--json", action="store_true", help="print data for programs")
    if command is not None:
        parser.set_defaults(command=command)
    return parser


def _sending(make: Callable[[argparse.Namespace], m.EngineRequest | m.ShellRequest]) -> Command:
    """A command that is nothing but one message."""
    return lambda options: commands.do(options, make(options))


def _locking(options: argparse.Namespace) -> m.ShellRequest:
    return m.LockSession() if options.after is None else m.LockAfter(options.after * 60)


def _add_screen_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--platform", choices=("auto", "window", "cage", "vnc", "offscreen"), default="auto")
    command.add_argument("--size", type=_size, default=(1280, 800), metavar="WxH", help="of the window or screen")
    command.add_argument(
        "--outputs",
        default="1",
        metavar="N|WxH[@SCALE],...",
        help="several windows: a number of that size, or each with its size in pixels and its scale",
    )
    command.add_argument("--full-screen", action="store_true", help="a window on each screen of the host instead")
    command.add_argument("--form-factor", choices=("auto", "desktop", "tablet", "phone"), default="auto")
    command.add_argument("--renderer", choices=("auto", "software", "opengl"), default="auto")


def _add_session_commands(subcommands: Subcommands) -> None:
    _add_screen_options(_add(subcommands, "session", "start the desktop", commands.session))
    greeter = _add(subcommands, "greeter", "the login screen of a machine, started by greetd", commands.greeter)
    _add_screen_options(greeter)
    greeter.add_argument("--state", type=Path, metavar="DIR", help="where the last login is remembered")
    _add(subcommands, "doctor", "check this machine and the session", commands.doctor, json=True)


def _add_app_commands(subcommands: Subcommands) -> None:
    run_app = _add(subcommands, "run", "start an app and print its instance", registry_commands.run, json=True)
    run_app.add_argument("app", metavar="APP|IMAGE", help="IMAGE of a registry, like docker.io/library/debian:12")
    run_app.add_argument("--yes", action="store_true", help="fetch an image without asking")
    run_app.add_argument("--profile", default="", help="one of its profiles: berth profile APP")
    run_app.add_argument("--version", default="", help="another one than the current: berth versions APP")
    run_app.add_argument("--share-data", action="store_true", help="the other version uses the app's own data")
    run_app.add_argument("--wait", choices=("window",), default="", help="until its first window is there")
    _add(subcommands, "ps", "list running instances", commands.ps, json=True)
    stop = _add(subcommands, "stop", "end an instance", _sending(lambda o: m.StopInstance(o.instance, o.force)))
    stop.add_argument("instance", metavar="INSTANCE|APP", help=_WHICH)
    stop.add_argument("--force", action="store_true", help="at once, without asking it to end")
    _add(subcommands, "logs", "show what an instance printed", commands.logs).add_argument(
        "instance", metavar="INSTANCE|APP", help=_WHICH
    )
    execute = _add(subcommands, "exec", "run a command inside an instance: berth exec ID -- CMD", commands.exec_in)
    execute.add_argument("instance", metavar="INSTANCE|APP", help=_WHICH)
    inside = _add(
        subcommands, "inside", "show what an instance is made of and may do", inside_commands.inside, json=True
    )
    inside.add_argument("instance", metavar="INSTANCE|APP", help=_WHICH)
    shell = _add(subcommands, "shell", "open a window with a shell inside of an instance", inside_commands.shell)
    shell.add_argument("instance", metavar="INSTANCE|APP", help=_WHICH)
    apps = _add(subcommands, "apps", "list the apps of the catalogue; of one alone say all", commands.apps, json=True)
    apps.add_argument("words", nargs="*", metavar="SEARCH", help="in the name, summary, categories or keywords")
    apps.add_argument("--category", help="only this one, e.g. games")
    images = _add(
        subcommands, "images", "list, build, import, pull or compare images", image_commands.images, json=True
    )
    images.add_argument("action", nargs="?", choices=("list", "build", "import", "pull", "diff"), default="list")
    images.add_argument("what", nargs="?", metavar="APP|FILE|IMAGE", help="pull: IMAGE of a registry")
    images.add_argument("--yes", action="store_true", help="pull: without asking")
    images.add_argument("other", nargs="?", metavar="NEWER", help="diff: the image to compare with")
    image = _add(subcommands, "image", "show what is inside an image", image_commands.image, json=True)
    image.add_argument("image", metavar="APP|NAME:VERSION")
    image.add_argument(
        "--files",
        type=int,
        nargs="?",
        const=-1,
        default=0,
        metavar="LAYER",
        help="list what a layer, from 1, adds, changes and removes; without a number each layer",
    )
    image.add_argument("--search", default="", metavar="TEXT", help="only files with this in their path")
    bill = _add(subcommands, "sbom", "list the packages of an image", image_commands.sbom, json=True)
    bill.add_argument("image", metavar="APP|NAME:VERSION")


def _add_key_commands(subcommands: Subcommands) -> None:
    keys = _add(subcommands, "keys", "whose signatures of images you trust", key_commands.keys, json=True)
    actions = keys.add_subparsers(metavar="add|remove|require|show")
    add = _add(actions, "add", "trust a public key", key_commands.add)
    add.add_argument("key", metavar="NAME", help="how it is called from now on")
    add.add_argument("file", help="the public key, as cosign.pub")
    add.add_argument(
        "--for", dest="pattern", default="*", metavar="IMAGES", help="like ghcr.io/acme/*; all if not given"
    )
    add.add_argument("--require", action="store_true", help="fetch these images only with its signature")
    for action, text in (
        ("remove", "trust a key no longer"),
        ("require", "fetch the images of a key only if they are signed"),
        ("show", "fetch them in any case, and say whether they are signed"),
    ):
        change = _add(actions, action, text, _sending(lambda o: m.ChangeKey(o.key, o.action)))
        change.set_defaults(action=action)
        change.add_argument("key", metavar="NAME")


def _add_version_commands(subcommands: Subcommands) -> None:
    listing = _add(
        subcommands,
        "versions",
        "list the versions of an app that are here, or remove one",
        versions.versions,
        json=True,
    )
    update = _add(subcommands, "update", "get the newest version of an app", versions.update, json=True)
    update.add_argument("--check", action="store_true", help="only say what would change")
    rollback = _add(
        subcommands, "rollback", "go back to the version before, or to any other", versions.rollback, json=True
    )
    pin = _add(subcommands, "pin", "keep a version, whatever comes", versions.pin, json=True)
    for parser in (listing, update, rollback, pin):
        parser.add_argument("app")
    listing.add_argument("action", nargs="?", choices=("list", "remove"), default="list")
    listing.add_argument("version", nargs="?", default="", help="remove: or the beginning of its digest")
    listing.add_argument("--with-data", action="store_true", help="remove: what it has stored for itself, too")
    rollback.add_argument("version", nargs="?", default="", help="or the beginning of its digest")
    pin.add_argument("version", nargs="?", default="", help="or the beginning of its digest; the current one")
    pin.add_argument("--unpin", action="store_true", help="keep it no longer than others")


def _add_removal_commands(subcommands: Subcommands) -> None:
    remove = _add(subcommands, "remove", "remove an app and all that is there because of it", removal.remove, json=True)
    remove.add_argument("app")
    remove.add_argument("--keep-data", action="store_true", help="leave what the app has stored")
    how = remove.add_mutually_exclusive_group()
    how.add_argument("--yes", action="store_true", help="without asking; what runs of it is ended")
    how.add_argument("--dry-run", action="store_true", help="only say what would go and what would stay")
    entries = _add(
        subcommands, "desktop-entries", "offer the apps that are here to other desktops too", commands.desktop_entries
    )
    entries.add_argument("switch", nargs="?", choices=("on", "off"), help="without it: say which")
    residue = _add(subcommands, "residue", "search everywhere for what there is of an app", removal.residue, json=True)
    residue.add_argument("app")


def _add_permission_commands(subcommands: Subcommands) -> None:
    prompts = _add(subcommands, "prompts", "list open questions, or answer one", commands.prompts, json=True)
    prompts.set_defaults(action="list")
    answer = _add(prompts.add_subparsers(metavar="answer"), "answer", "answer a question", commands.prompts)
    answer.set_defaults(action="answer")
    answer.add_argument("prompt")
    answer.add_argument("answer", choices=("allow", "deny"))
    answer.add_argument("--for", dest="duration", choices=("once", "session", "always"), default="once")
    permissions = _add(subcommands, "permissions", "show or change what an app may do", commands.permissions, json=True)
    permissions.add_argument("app")
    permissions.add_argument("permission", nargs="?")
    permissions.add_argument("decision", nargs="?", choices=("allow", "deny", "ask"))


def _add_runtime_command(subcommands: Subcommands) -> None:
    runtime = _add(
        subcommands, "runtime", "show or choose what runs apps: berth runtime [APP] [NAME]", commands.runtime, json=True
    )
    runtime.add_argument("words", nargs="*", metavar="APP|NAME", help=f"NAME is {', '.join(RUNTIMES)} or default")


def _add_setting_commands(subcommands: Subcommands) -> None:
    settings = _add(
        subcommands,
        "set",
        "show or change how an app runs: berth set APP [KEY=VALUE ...]",
        setting_commands.settings,
        json=True,
    )
    settings.add_argument("app")
    settings.add_argument(
        "changes", nargs="*", metavar="KEY=VALUE", help="e.g. limits.memory=1G environment.LANG=de_DE"
    )
    settings.add_argument("--unset", action="append", default=[], metavar="KEY", help="as the app's manifest says")
    settings.add_argument("--diff", action="store_true", help="only what differs from the manifest")
    settings.add_argument("--reset", action="store_true", help="everything as the manifest says")
    settings.add_argument("--profile", default="", help="one of its profiles instead of the app as such")
    profile = _add(subcommands, "profile", "list or change the profiles of an app", setting_commands.profile, json=True)
    profile.add_argument("app")
    profile.add_argument("action", nargs="?", choices=("list", "new", "duplicate", "rename", "delete"), default="list")
    profile.add_argument("names", nargs="*", metavar="NAME", help="rename and duplicate take an old and a new one")
    restart = _add(subcommands, "restart", "end an instance and start its app again", setting_commands.restart)
    restart.add_argument("instance", metavar="INSTANCE|APP", help=_WHICH)


def _add_window_commands(subcommands: Subcommands) -> None:
    _add(subcommands, "windows", "list windows, topmost first", commands.windows, json=True)
    _add(subcommands, "pointer", "show where the pointer is and what it looks like", commands.pointer, json=True)
    for action in ("focus", "close", "minimize", "maximize", "restore", "fullscreen"):
        parser = _add(subcommands, action, f"{action} a window", _sending(lambda o: m.WindowAction(o.window, o.action)))
        parser.set_defaults(action=action)
        parser.add_argument("window", type=int)
    move = _add(subcommands, "move", "move a window", _sending(lambda o: m.MoveWindow(o.window, o.x, o.y)))
    for name in ("window", "x", "y"):
        move.add_argument(name, type=int)
    resize = _add(
        subcommands, "resize", "resize a window", _sending(lambda o: m.ResizeWindow(o.window, o.width, o.height))
    )
    for name in ("window", "width", "height"):
        resize.add_argument(name, type=int)
    send = _add(
        subcommands, "send", "move a window to another output", _sending(lambda o: m.SendWindow(o.window, o.output))
    )
    send.add_argument("window", type=int)
    send.add_argument("output")
    screenshot = _add(subcommands, "screenshot", "save the screen or a window as PNG", commands.screenshot)
    screenshot.add_argument("file")
    screenshot.add_argument("--window", type=int, default=0)
    screenshot.add_argument("--output", default="", help="one output instead of all")
    lock = _add(subcommands, "lock", "lock the screen, or say when it locks by itself", _sending(_locking))
    lock.add_argument(
        "--after", type=int, metavar="MINUTES", help="from now on after so long without input; 0 for never"
    )
    launcher = _add(subcommands, "launcher", "open or close the launcher", _sending(lambda o: m.OpenLauncher(o.open)))
    launcher.add_argument("--close", dest="open", action="store_false")
    keyboard = _add(
        subcommands,
        "keyboard",
        "show or hide the on-screen keyboard, or say when it comes by itself; alone: how it is",
        keyboard_commands.screen_keyboard,
        json=True,
    )
    actions = ("show", "hide", "toggle", "auto", "always", "never")
    keyboard.add_argument("action", nargs="?", choices=actions)
    _add_dock_commands(subcommands)
    page = _add(
        subcommands,
        "catalogue",
        "open or close the page of all apps",
        _sending(lambda o: m.OpenCatalogue(o.app, o.open)),
    )
    page.add_argument("app", nargs="?", default="", help="open it at this app")
    page.add_argument("--close", dest="open", action="store_false")


def _add_dock_commands(subcommands: Subcommands) -> None:
    dock = _add(subcommands, "dock", "what is pinned to the dock")
    kinds = dock.add_subparsers(dest="kind", required=True, metavar="WHAT")
    _add(kinds, "list", "its apps in their order", dock_commands.dock, json=True)
    pin = _add(kinds, "pin", "keep an app in it", dock_commands.dock, json=True)
    unpin = _add(kinds, "unpin", "take an app out", dock_commands.dock, json=True)
    move = _add(kinds, "move", "put a pinned app at another place", dock_commands.dock, json=True)
    for command in (pin, unpin, move):
        command.add_argument("app")
    pin.add_argument("--place", type=int, default=0, metavar="N", help="from 1; without it after the others")
    move.add_argument("place", type=int, metavar="PLACE", help="from 1")


def _add_output_commands(subcommands: Subcommands) -> None:
    _add(subcommands, "outputs", "list outputs, the primary one first", commands.outputs, json=True)
    output = _add(
        subcommands,
        "output",
        "change an output, from now on",
        commands.output,
    )
    output.add_argument("output")
    output.add_argument("--scale", type=float, default=-1.0, help="pixels per logical pixel; 0 as the host has it")
    output.add_argument(
        "--transform",
        type=_transform,
        default=-1,
        metavar="|".join(TRANSFORMS),
        help="turn what it shows counter-clockwise",
    )
    output.add_argument("--primary", action="store_true", help="the panel shall be on it")
    output.add_argument(
        "--default", action="store_true", help="scale, transform and where outputs lie as they would be by themselves"
    )
    place = output.add_mutually_exclusive_group()
    place.add_argument("--position", metavar="X,Y", help="where its corner is among the outputs")
    for side in SIDES:
        place.add_argument(f"--{side}", metavar="OUTPUT", help="let it lie next to another one")
    plug = _add(subcommands, "plug", "add an output in a window", commands.plug)
    plug.add_argument("what", metavar="WxH[@SCALE]")
    unplug = _add(subcommands, "unplug", "remove an output", _sending(lambda o: m.UnplugOutput(o.output)))
    unplug.add_argument("output")


def _add_level_commands(subcommands: Subcommands) -> None:
    volume = _add(subcommands, "volume", "show or change how loud it is", level_commands.volume, json=True)
    volume.add_argument("change", nargs="?", default="", metavar="+N%|-N%|N%|mute|unmute|toggle")
    volume.add_argument("--microphone", action="store_true", help="what is recorded instead of what is played")
    sounds = _add(subcommands, "sounds", "say whether the theme's sounds are heard", sound_commands.sounds, json=True)
    sounds.add_argument("switch", nargs="?", choices=("on", "off"), help="without it: say which")
    brightness = _add(
        subcommands, "brightness", "show or change how bright the screen is", level_commands.brightness, json=True
    )
    brightness.add_argument("change", nargs="?", default="", metavar="+N%|-N%|N%")


def _add_input_commands(subcommands: Subcommands) -> None:
    text = "press keys and move the pointer as a person would"
    kinds = _add(subcommands, "input", text).add_subparsers(required=True, metavar="KIND")
    key = _add(kinds, "key", "press keys, e.g. ctrl+shift+t", _sending(lambda o: m.InputKey(o.keys)))
    key.add_argument("keys")
    _add(kinds, "type", "type text", _sending(lambda o: m.InputType(o.text))).add_argument("text")
    click = _add(kinds, "click", "click", _sending(lambda o: m.InputClick(o.x, o.y, o.button, o.count)))
    click.add_argument("x", type=int)
    click.add_argument("y", type=int)
    click.add_argument("--button", choices=("left", "right", "middle"), default="left")
    click.add_argument("--count", type=int, choices=(1, 2, 3), default=1)
    move = _add(kinds, "move", "move the pointer", _sending(lambda o: m.InputMove(o.x, o.y)))
    button = _add(
        kinds, "button", "press or release a button", _sending(lambda o: m.InputButton(o.way == "press", o.button))
    )
    button.add_argument("way", choices=("press", "release"))
    button.add_argument("--button", choices=("left", "right", "middle"), default="left")
    drag = _add(
        kinds, "drag", "drag with the left button", _sending(lambda o: m.InputDrag(o.x, o.y, o.x2, o.y2, o.steps))
    )
    scroll = _add(kinds, "scroll", "turn the wheel", _sending(lambda o: m.InputScroll(o.x, o.y, o.steps_x, o.steps_y)))
    for parser in (move, drag, scroll):
        parser.add_argument("x", type=int)
        parser.add_argument("y", type=int)
    drag.add_argument("x2", type=int)
    drag.add_argument("y2", type=int)
    drag.add_argument("--steps", type=int, default=10)
    scroll.add_argument("steps_x", type=int)
    scroll.add_argument("steps_y", type=int, help="down is positive")
    touch = _add(kinds, "touch", "touch a point, or slide along several", commands.touch)
    touch.add_argument("points", type=int, nargs="+", metavar="X Y")


def _add_theme_commands(subcommands: Subcommands) -> None:
    kinds = _add(subcommands, "theme", "choose, check and make themes").add_subparsers(required=True, metavar="WHAT")
    _add(kinds, "list", "list themes; the one in use has a star", theme_commands.list_themes, json=True)
    _add(kinds, "use", "use a theme, also in the running desktop", theme_commands.use).add_argument("theme")
    adjust = _add(kinds, "adjust", "change what the theme in use lets you change", theme_adjusting.adjust, json=True)
    adjust.add_argument("properties", nargs="*", metavar="PROPERTY=VALUE", help="without any, list them")
    adjust.add_argument("--reset", action="store_true", help="back to default: the properties named, or all")
    check = _add(kinds, "check", "say what is wrong with a theme", theme_commands.check, json=True)
    check.add_argument("theme", help="its id, or a folder")
    new = _add(kinds, "new", "make a theme to start from", theme_commands.new)
    new.add_argument("theme", help="its id: lower case letters, digits, dashes")
    pack = _add(kinds, "pack", "write a theme as one file", theme_commands.pack)
    pack.add_argument("theme", help="its id, or a folder")
    pack.add_argument("-o", "--output", metavar="FILE", default="")
    look = _add(kinds, "look", "what a packed theme is, without adding it", theme_commands.look, json=True)
    look.add_argument("file", help="a packed theme, or the folder of one")
    install = _add(kinds, "install", "add a theme from a file or folder", theme_commands.install)
    install.add_argument("file", metavar="FILE|FOLDER")
    install.add_argument("--replace", action="store_true", help="in the place of your theme of the same id")
    scheme = _add(kinds, "import", "make a theme of a base16 or base24 scheme", theme_sources.import_scheme)
    scheme.add_argument("file", metavar="FILE.yaml")
    picture = _add(kinds, "from-picture", "make a theme of a wallpaper and its colours", theme_sources.from_picture)
    picture.add_argument("file", metavar="FILE")
    for parser in (scheme, picture):
        parser.add_argument("--name", dest="theme", default="", metavar="ID", help="otherwise from the file's name")
        parser.add_argument("--replace", action="store_true", help="in place of your theme of that id")
    _add(kinds, "remove", "delete one of your themes", theme_commands.remove).add_argument("theme")
    inspect = _add(
        kinds,
        "inspect",
        "point at something in the running desktop, and see and change how it is styled",
        _sending(lambda o: m.OpenInspector(o.element, o.open)),
    )
    inspect.add_argument("element", nargs="?", default="", help='like "panel button:hover"; without it point at one')
    inspect.add_argument("--close", dest="open", action="store_false")
    _add(kinds, "reference", "print what a theme can name, as Markdown", theme_commands.reference)
    diff = _add(kinds, "diff", "say where two themes look different", theme_commands.diff, json=True)
    diff.add_argument("one")
    diff.add_argument("other")
