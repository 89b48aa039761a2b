"""App manifests: what a TOML file says about an app, checked before anything relies on it.

Every fault of a file is reported at once, with its line, so that whoever writes one mends it
in one go.
"""

from __future__ import annotations

import difflib
import posixpath
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast, get_args

import msgspec

from berth.core.permissions import VOCABULARY, PermissionRequest
from berth.core.plan import RUNTIMES, STOP_SIGNALS, Limits
from berth.core.problem import Problem
from berth.core.toml_lines import Path, line_of, value_lines
from berth.core.volumes import MOST_VOLUMES, fault_of, outer

MAX_FILE_BYTES = 64 << 10
NO_REASON = "It does not say what for."
"""The reason of a permission in a manifest that was derived from an image: read as none, as these are our words."""

RESERVED_VARIABLES = frozenset(
    [
        "HOME",
        "USER",
        "LOGNAME",
        "WAYLAND_DISPLAY",
        "WAYLAND_SOCKET",
        "DISPLAY",
        "XDG_RUNTIME_DIR",
        "XDG_SESSION_TYPE",
        "XDG_CURRENT_DESKTOP",
        "DBUS_SESSION_BUS_ADDRESS",
        "DBUS_SYSTEM_BUS_ADDRESS",
        "NO_AT_BRIDGE",
    ]
)
"""Set by Berth; a manifest that changes them would only break its own app."""

_HINT = "How to write a manifest: docs/add-an-app.md"
MAX_ARGUMENT = 4096
"""Characters of one argument or value of a variable."""

MAX_ITEMS = 64
MAX_SCREENSHOTS = 8

_MAX_ID, _MAX_NAME, _MAX_TEXT = 120, 60, 200
_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]*(\.[A-Za-z_][A-Za-z0-9_-]*)+")
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]{1,100}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}")
_SIZE = re.compile(r"([1-9][0-9]{0,5})([MG])")
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+\.[A-Za-z]{2,}(:[0-9]{1,5})?(/[!-~]*)?")
"""Without user names, which can make an address read as another."""
_WEB_PATH = re.compile(r"/[!-~]*")
_PICTURE = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.+-]*/){0,3}[A-Za-z0-9_][A-Za-z0-9_.+-]*\.(png|jpe?g|webp)", re.ASCII)
"""Nothing absolute and no part that begins with a dot, so it leads nowhere else."""
_PORTS = (1024, 65_535)
"""Those that a program needs no privilege for."""
_UNITS = {"M": 1 << 20, "G": 1 << 30}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, and the bidirectional ones that make a text read as another."""

_KEYS = (
    *("id", "name", "summary", "icon", "categories", "command", "directory", "display", "persist", "runtime"),
    *("stop_signal", "volumes", "publisher", "licence", "homepage", "keywords", "screenshots"),
    *("image", "environment", "limits", "permission", "web"),
)
_KINDS = {
    str: "text",
    int: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
    float: "a number with a fraction",
}


class ImageSource(msgspec.Struct, frozen=True):
    """What the app's image is built from; `packages` empty = it is imported, not built."""

    base: str = ""
    packages: tuple[str, ...] = ()
    size: int = 0
    """Bytes that the app is expected to add to its base, until it is built and they are known; 0 = not said."""


class Screenshot(msgspec.Struct, frozen=True):
    """A picture of the app: a file, by its path from the manifest's folder, and what it shows."""

    file: str
    caption: str


class About(msgspec.Struct, frozen=True):
    """What a catalogue says of an app beside its name; all of it is the manifest's own claim.

    Attributes:
        publisher: who makes the program.
        licence: an SPDX licence expression, in SPDX's own spelling.
        homepage: an https address.
        keywords: further words that a search finds the app by.
        screenshots: https addresses of pictures.
        pictures: pictures that lie beside the manifest.
    """

    publisher: str = ""
    licence: str = ""
    homepage: str = ""
    keywords: tuple[str, ...] = ()
    screenshots: tuple[str, ...] = ()
    pictures: tuple[Screenshot, ...] = ()


Display = Literal["wayland", "xwayland", "xpra", "terminal", "web"]
"""How an app reaches the screen: by itself, or through what runs beside it inside its container: an X server, which is
one window or gives each of the app's a window, a terminal, or a browser."""


class WebPage(msgspec.Struct, frozen=True):
    """Where the app serves its page, on the loopback interface of its own container; port 0 = it serves none."""

    port: int = 0
    path: str = "/"


class Manifest(msgspec.Struct, frozen=True):
    """A valid manifest."""

    id: str
    name: str
    command: tuple[str, ...]
    summary: str = ""
    icon: str = ""
    categories: tuple[str, ...] = ()
    display: Display = "wayland"
    persist: bool = False
    image: ImageSource = ImageSource()
    environment: tuple[tuple[str, str], ...] = ()
    limits: Limits = Limits()
    permissions: tuple[PermissionRequest, ...] = ()
    runtime: str = ""
    """The runtime that the app needs, "" = whichever the user has chosen."""
    about: About = About()
    web: WebPage = WebPage()
    directory: str = ""
    """Where in the image the command starts, "" = in the app's home."""
    stop_signal: str = STOP_SIGNALS[0]
    """What asks it to end."""
    volumes: tuple[str, ...] = ()
    """Folders of its image that are the app's own, kept like its home."""


class Fault(msgspec.Struct, frozen=True, order=True):
    """One thing that is wrong in a file."""

    line: int
    text: str


class ManifestInvalid(Problem):
    """All faults of one file, ordered by line."""

    def __init__(self, source: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        lines = "\n".join(f"{source}:{fault.line}: {fault.text}" for fault in self.faults)
        super().__init__("manifest-invalid", lines, _HINT)


def parse_manifest(text: str, source: str) -> Manifest:
    """Read the manifest in `text`; `source` names the file in faults.

    Raises:
        ManifestInvalid: with every fault found.
    """
    check, document = open_document(text, source)
    manifest = _manifest(check, document)
    if check.faults:
        raise ManifestInvalid(source, check.faults)
    return manifest


def open_document(text: str, source: str) -> tuple[Check, dict[str, Any]]:
    """A TOML document, and what collects the faults of its values.

    Raises:
        ManifestInvalid: it is no such document.
    """
    if len(text) > MAX_FILE_BYTES:
        raise ManifestInvalid(source, [Fault(1, f"the file is larger than {MAX_FILE_BYTES >> 10} KiB")])
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestInvalid(source, [_syntax_fault(str(error))]) from None
    except RecursionError:
        raise ManifestInvalid(source, [Fault(1, "the values are nested too deeply")]) from None
    return Check(value_lines(text)), document


def is_app_id(text: str) -> bool:
    """Whether an app can have this id; it is safe as a file's name then."""
    return len(text) <= _MAX_ID and _ID.fullmatch(text) is not None


def is_directory(path: str) -> bool:
    """Whether this is an absolute path in its shortest form."""
    return path.startswith("/") and not path.startswith("//") and posixpath.normpath(path) == path


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name most like `name`, "" if none is near."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)), "")


def _syntax_fault(message: str) -> Fault:
    match = re.search(r"\(at line (\d+), column \d+\)", message)
    text = message[: match.start()].strip() if match else message
    return Fault(int(match[1]) if match else 1, f"this is not valid TOML: {text[:1].lower()}{text[1:]}")


class Check:
    """Collects faults while values are taken out of the document; a faulty value yields its default."""

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self._lines = dict(lines)
        self.faults: list[Fault] = []

    def fault(self, path: Path, text: str) -> None:
        self.faults.append(Fault(line_of(self._lines, path), text))

    def keys(self, path: Path, table: Mapping[str, Any], known: Iterable[str]) -> None:
        for key in table:
            if key not in known:
                self.fault((*path, key), f"unknown key “{shown_text(key)}”{suggestion(key, known)}")

    def value(self, path: Path, table: Mapping[str, Any], kind: type, default: Any, *, needed: bool = False) -> Any:
        """The value of the key that ends `path`."""
        key = path[-1]
        if key not in table:
            if needed:
                self.fault(path[:-1], f"“{key}” is missing")
            return default
        found = table[str(key)]
        if type(found) is not kind:
            said = _KINDS.get(type(found), "a date")
            self.fault(path, f"“{key}” is {said}, expected {_KINDS[kind]}")
            return default
        return found

    def text(self, path: Path, table: Mapping[str, Any], limit: int, *, default: str = "", needed: bool = False) -> str:
        found = str(self.value(path, table, str, default, needed=needed))
        if type(table.get(str(path[-1]))) is not str:
            return default
        return found if self.is_clean(path, found, limit, empty=not needed) else default

    def is_clean(self, path: Path, found: str, limit: int, *, empty: bool = True) -> bool:
        what = f"“{path[-1]}”" if isinstance(path[-1], str) else f"“{path[-2]}” entry"
        if len(found) > limit:
            self.fault(path, f"{what} is longer than {limit} characters")
        elif _CONTROL.search(found):
            self.fault(path, f"{what} holds a control character")
        elif not found.strip() and not empty:
            self.fault(path, f"{what} is empty")
        else:
            return True
        return False

    def texts(self, path: Path, table: Mapping[str, Any], limit: int, *, needed: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        found = self.value(path, table, list, [], needed=needed)
        if len(found) > MAX_ITEMS:
            self.fault(path, f"“{path[-1]}” has more than {MAX_ITEMS} entries")
            return ()
        return tuple(item for index, item in enumerate(found) if self._is_text((*path, index), item, limit))

    def _is_text(self, path: Path, item: object, limit: int) -> bool:
        if isinstance(item, str):
            return self.is_clean(path, item, limit)
        self.fault(path, f"“{path[-2]}” holds {_KINDS.get(type(item), 'a date')}, expected text")
        return False

    def matching(self, path: Path, found: str, pattern: re.Pattern[str], expected: str) -> None:
        if found and not pattern.fullmatch(found):
            self.fault(path, f"“{shown_text(found)}” is no {expected}")


def suggestion(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f", did you mean “{near}”?" if near else f"; known are {', '.join(known)}"


def shown_text(text: str) -> str:
    return _CONTROL.sub("?", text[:60])


def _manifest(check: Check, document: Mapping[str, Any]) -> Manifest:
    check.keys((), document, _KEYS)
    return Manifest(
        id=_id(check, document),
        name=check.text(("name",), document, _MAX_NAME, needed=True),
        command=read_command(check, document),
        summary=check.text(("summary",), document, _MAX_TEXT),
        icon=_icon(check, document),
        categories=_categories(check, document),
        display=read_display(check, document),
        persist=check.value(("persist",), document, bool, False),
        image=_image(check, document),
        environment=read_environment(check, document),
        limits=read_limits(check, document, Limits()),
        permissions=_permissions(check, document),
        runtime=read_runtime(check, document),
        about=_about(check, document),
        web=_web(check, document),
        directory=read_directory(check, document),
        stop_signal=read_stop_signal(check, document),
        volumes=_volumes(check, document),
    )


def _id(check: Check, document: Mapping[str, Any]) -> str:
    found = check.text(("id",), document, _MAX_ID, needed=True)
    check.matching(("id",), found, _ID, "app id; write a reverse domain name like org.example.Editor")
    return found


def read_command(check: Check, document: Mapping[str, Any], *, needed: bool = True) -> tuple[str, ...]:
    command = check.texts(("command",), document, MAX_ARGUMENT, needed=needed)
    written = document.get("command")
    if written == [] or (isinstance(written, list) and written[0] == ""):
        check.fault(("command",), "“command” is empty; its first entry is the program")
    return command


def _icon(check: Check, document: Mapping[str, Any]) -> str:
    icon = check.text(("icon",), document, MAX_ARGUMENT)
    if icon and (not icon.startswith("/") or ".." in icon.split("/")):
        check.fault(("icon",), "“icon” is no absolute path inside the image")
    return icon


def read_directory(check: Check, document: Mapping[str, Any]) -> str:
    directory = check.text(("directory",), document, MAX_ARGUMENT)
    if directory and not is_directory(directory):
        check.fault(("directory",), "“directory” is no absolute path without “.”, “..” and empty parts")
        return ""
    return directory


def read_stop_signal(check: Check, document: Mapping[str, Any]) -> str:
    name = check.text(("stop_signal",), document, _MAX_NAME, default=STOP_SIGNALS[0])
    if name not in STOP_SIGNALS:
        known = suggestion(name, STOP_SIGNALS)
        check.fault(("stop_signal",), f"“{shown_text(name)}” is no signal that asks an app to end{known}")
        return STOP_SIGNALS[0]
    return name


def _volumes(check: Check, document: Mapping[str, Any]) -> tuple[str, ...]:
    volumes = check.texts(("volumes",), document, MAX_ARGUMENT)
    if len(volumes) > MOST_VOLUMES:
        check.fault(("volumes",), f"“volumes” has more than {MOST_VOLUMES} entries")
    if volumes and document.get("persist") is not True:
        check.fault(("volumes",), "“volumes” are kept with the app's home: write persist = true")
    for index, path in enumerate(volumes):
        around = outer(path, volumes)
        fault = fault_of(path) or (f"lies in “{shown_text(around)}”, which is one" if around else "")
        if fault or path in volumes[:index]:
            check.fault(("volumes", index), f"“{shown_text(path)}” {fault or 'is there twice'}")
    return volumes


def _categories(check: Check, document: Mapping[str, Any]) -> tuple[str, ...]:
    categories = check.texts(("categories",), document, _MAX_NAME)
    for index, category in enumerate(categories):
        check.matching(("categories", index), category, _WORD, "category; use small letters, digits and dashes")
    return categories


def _about(check: Check, document: Mapping[str, Any]) -> About:
    addresses, pictures = _screenshots(check, document)
    return About(
        publisher=check.text(("publisher",), document, _MAX_NAME),
        licence=_licence(check, document),
        homepage=_address(check, ("homepage",), check.text(("homepage",), document, _MAX_TEXT)),
        keywords=check.texts(("keywords",), document, _MAX_NAME),
        screenshots=addresses,
        pictures=pictures,
    )


def _screenshots(check: Check, document: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[Screenshot, ...]]:
    """Texts are addresses, tables describe files."""
    entries = check.value(("screenshots",), document, list, [])
    if len(entries) > MAX_SCREENSHOTS:
        check.fault(("screenshots",), f"“screenshots” has more than {MAX_SCREENSHOTS} entries")
        return (), ()
    addresses: list[str] = []
    pictures: list[Screenshot] = []
    for index, entry in enumerate(entries):
        path: Path = ("screenshots", index)
        if isinstance(entry, dict):
            pictures.append(_screenshot(check, path, entry))
        elif not isinstance(entry, str):
            kind = _KINDS.get(type(entry), "a date")
            check.fault(path, f"“screenshots” holds {kind}, expected tables: write [[screenshots]]")
        elif check.is_clean(path, entry, _MAX_TEXT):
            addresses.append(_address(check, path, entry))
    return tuple(addresses), tuple(pictures)


def _screenshot(check: Check, path: Path, table: Mapping[str, Any]) -> Screenshot:
    check.keys(path, table, ("file", "caption"))
    file = check.text((*path, "file"), table, _MAX_TEXT, needed=True)
    expected = "picture beside the manifest; write it like pictures/editor.webp (also .png, .jpg)"
    check.matching((*path, "file"), file, _PICTURE, expected)
    return Screenshot(file, check.text((*path, "caption"), table, _MAX_TEXT, needed=True))


def _licence(check: Check, document: Mapping[str, Any]) -> str:
    # SPDX's whole list: only those who read manifests pay for it.
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    written = check.text(("licence",), document, _MAX_TEXT)
    if not written:
        return ""
    try:
        return canonicalize_license_expression(written)
    except InvalidLicenseExpression:
        check.fault(
            ("licence",),
            f"“{shown_text(written)}” is no SPDX licence expression; write it like GPL-3.0-or-later OR MIT",
        )
        return ""


def _address(check: Check, path: Path, found: str) -> str:
    if found and not _ADDRESS.fullmatch(found):
        check.fault(path, f"“{shown_text(found)}” is no address that begins with https://")
        return ""
    return found


def read_display(check: Check, document: Mapping[str, Any]) -> Display:
    """The default is what manifests have that say nothing."""
    display = check.text(("display",), document, _MAX_NAME, default="wayland")
    if display in get_args(Display):
        return cast(Display, display)
    *others, last = (f"“{known}”" for known in get_args(Display))
    check.fault(("display",), f"display “{shown_text(display)}” is not known; use {', '.join(others)} or {last}")
    return "wayland"


def _web(check: Check, document: Mapping[str, Any]) -> WebPage:
    if document.get("display") == "web" and "web" not in document:
        check.fault(("display",), "display “web” needs to know where the page is: write [web] and port = 8080 below it")
    table = check.value(("web",), document, dict, {})
    check.keys(("web",), table, ("port", "path"))
    if "web" in document and "port" not in table:
        check.fault(("web",), "“port” is missing")
    path = check.text(("web", "path"), table, _MAX_TEXT, default="/")
    if not _WEB_PATH.fullmatch(path):
        check.fault(("web", "path"), f"“{shown_text(path)}” is no path of a page; it begins with / and has no spaces")
        path = "/"
    return WebPage(_number(check, ("web", "port"), table, 0, _PORTS), path)


def read_runtime(check: Check, document: Mapping[str, Any]) -> str:
    runtime = check.text(("runtime",), document, _MAX_NAME)
    if runtime and runtime not in RUNTIMES:
        check.fault(("runtime",), f"runtime “{shown_text(runtime)}” is not known{suggestion(runtime, RUNTIMES)}")
        return ""
    return runtime


def _image(check: Check, document: Mapping[str, Any]) -> ImageSource:
    table = check.value(("image",), document, dict, {})
    check.keys(("image",), table, ("base", "packages", "size"))
    base = check.text(("image", "base"), table, _MAX_NAME)
    check.matching(("image", "base"), base, _WORD, "base; use small letters, digits and dashes")
    packages = check.texts(("image", "packages"), table, _MAX_TEXT)
    for index, package in enumerate(packages):
        check.matching(("image", "packages", index), package, _PACKAGE, "name of a Debian package")
    if packages and not base:
        check.fault(("image", "packages"), "“base” is missing: packages are added to a base")
    return ImageSource(base, packages, _size(check, ("image", "size"), table, 0, 1 << 20))


def read_environment(check: Check, document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    table = check.value(("environment",), document, dict, {})
    if len(table) > MAX_ITEMS:
        check.fault(("environment",), f"“environment” has more than {MAX_ITEMS} entries")
        return ()
    for name in table:
        if name in RESERVED_VARIABLES:
            check.fault(("environment", name), f"“{name}” is set by Berth and cannot be changed")
        elif not _VARIABLE.fullmatch(name):
            check.fault(("environment", name), f"“{shown_text(name)}” is no name of a variable")
    return tuple((name, check.text(("environment", name), table, MAX_ARGUMENT)) for name in sorted(table))


def read_limits(check: Check, document: Mapping[str, Any], default: Limits) -> Limits:
    """`default` holds what is not said, also something out of bounds that stands for that."""
    table = check.value(("limits",), document, dict, {})
    check.keys(("limits",), table, ("memory", "processes", "open_files", "cpus"))
    return Limits(
        _size(check, ("limits", "memory"), table, default.memory, 32 << 20),
        _number(check, ("limits", "processes"), table, default.processes, (16, 32_768)),
        _number(check, ("limits", "open_files"), table, default.open_files, (256, 1_048_576)),
        _processors(check, table, default.cpus),
    )


def _size(check: Check, path: Path, table: Mapping[str, Any], default: int, least: int) -> int:
    written = check.text(path, table, _MAX_NAME)
    if not written:
        return default
    match = _SIZE.fullmatch(written)
    size = int(match[1]) * _UNITS[match[2]] if match else 0
    if size < least:
        check.fault(path, f"“{shown_text(written)}” is no size of at least {least >> 20}M; write it like 512M or 2G")
        return default
    return size


def _processors(check: Check, table: Mapping[str, Any], default: float) -> float:
    """A number with or without a fraction."""
    found = table.get("cpus", default)
    if "cpus" in table and (type(found) not in (int, float) or not 0.1 <= found <= 1024):
        check.fault(("limits", "cpus"), "“cpus” is no number of processors from 0.1 to 1024")
        return default
    return float(found)


def _number(check: Check, path: Path, table: Mapping[str, Any], default: int, bounds: tuple[int, int]) -> int:
    if path[-1] not in table:
        return default
    found = int(check.value(path, table, int, bounds[0]))
    if not bounds[0] <= found <= bounds[1]:
        check.fault(path, f"“{path[-1]}” is {found}, expected {bounds[0]} to {bounds[1]}")
        return default
    return found


def _permissions(check: Check, document: Mapping[str, Any]) -> tuple[PermissionRequest, ...]:
    tables = check.value(("permission",), document, list, [])
    if len(tables) > MAX_ITEMS:
        check.fault(("permission",), f"“permission” has more than {MAX_ITEMS} entries")
        return ()
    found: list[PermissionRequest] = []
    for index, table in enumerate(tables):
        path: Path = ("permission", index)
        if not isinstance(table, dict):
            kind = _KINDS.get(type(table), "a date")
            check.fault(path, f"“permission” holds {kind}, expected tables: write [[permission]]")
            continue
        request = _permission(check, path, table)
        if request.name and request.name in (other.name for other in found):
            check.fault((*path, "name"), f"the permission “{request.name}” is asked for twice")
        found.append(request)
    return tuple(found)


def _permission(check: Check, path: Path, table: Mapping[str, Any]) -> PermissionRequest:
    check.keys(path, table, ("name", "reason", "required"))
    name = check.text((*path, "name"), table, _MAX_NAME, needed=True)
    if name and name not in VOCABULARY:
        check.fault((*path, "name"), f"unknown permission “{shown_text(name)}”{suggestion(name, VOCABULARY)}")
    reason = check.text((*path, "reason"), table, _MAX_TEXT, needed=True)
    return PermissionRequest(
        name, "" if reason == NO_REASON else reason, bool(check.value((*path, "required"), table, bool, False))
    )
