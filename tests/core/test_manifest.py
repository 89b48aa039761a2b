"""Manifests: what is valid is read, what is not is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.manifest import About, ImageSource, Manifest, ManifestInvalid, Screenshot, WebPage, parse_manifest
from berth.core.permissions import VOCABULARY, PermissionRequest
from berth.core.plan import Limits

MINIMAL = 'id = "org.example.App"\nname = "App"\ncommand = ["app"]\n'
FULL = """\
id = "org.example.App"
name = "App"
summary = "Does things"
publisher = "Example & Co."
licence = "gpl-3.0-or-later or (mit and bsd-2-clause)"
homepage = "https://app.example.org/start?page=1"
keywords = ["thing", "übung"]
screenshots = ["https://app.example.org/1.png"]
icon = "/usr/share/icons/app.svg"
categories = ["tools", "text-editing"]
command = ["app", "--flag"]
directory = "/opt/app"
display = "wayland"
persist = true
stop_signal = "SIGINT"
[image]
base = "gtk"
packages = ["app", "lib-x1.0+"]
size = "18M"
[environment]
B = "2"
A = "1"
[limits]
memory = "512M"
processes = 100
open_files = 1024
[[permission]]
name = "network"
reason = "To fetch."
required = true
"""


def faults(text: str) -> list[str]:
    """The faults of a file, as ``LINE: TEXT``."""
    with pytest.raises(ManifestInvalid) as raised:
        parse_manifest(text, "app.toml")
    return [f"{fault.line}: {fault.text}" for fault in raised.value.faults]


def test_minimal_manifest_has_defaults() -> None:
    assert parse_manifest(MINIMAL, "x") == Manifest("org.example.App", "App", ("app",))


def test_not_every_signal_asks_an_app_to_end() -> None:
    said = faults(f'{MINIMAL}stop_signal = "SIGSTOP"\n')
    assert said == ["4: “SIGSTOP” is no signal that asks an app to end, did you mean “SIGINT”?"]


@pytest.mark.parametrize("path", ["opt", "/opt/", "/opt/../etc", "//opt", "/./opt", "."])
def test_where_a_command_starts_is_a_plain_path(path: str) -> None:
    expected = "4: “directory” is no absolute path without “.”, “..” and empty parts"
    assert faults(f'{MINIMAL}directory = "{path}"\n') == [expected]


def test_everything_is_read() -> None:
    assert parse_manifest(FULL, "x") == Manifest(
        id="org.example.App",
        name="App",
        command=("app", "--flag"),
        summary="Does things",
        icon="/usr/share/icons/app.svg",
        categories=("tools", "text-editing"),
        persist=True,
        directory="/opt/app",
        stop_signal="SIGINT",
        image=ImageSource("gtk", ("app", "lib-x1.0+"), 18 << 20),
        environment=(("A", "1"), ("B", "2")),
        limits=Limits(512 << 20, 100, 1024),
        permissions=(PermissionRequest("network", "To fetch.", True),),
        about=About(
            "Example & Co.",
            "GPL-3.0-or-later OR (MIT AND BSD-2-Clause)",
            "https://app.example.org/start?page=1",
            ("thing", "übung"),
            ("https://app.example.org/1.png",),
        ),
    )


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('licence = "My own"', "“My own” is no SPDX licence expression; write it like GPL-3.0-or-later OR MIT"),
        ('licence = "MIT OR"', "“MIT OR” is no SPDX licence expression; write it like GPL-3.0-or-later OR MIT"),
        (
            "licence = " + repr("(" * 199),
            f"“{'(' * 60}” is no SPDX licence expression; write it like GPL-3.0-or-later OR MIT",
        ),
        ('homepage = "http://example.org"', "“http://example.org” is no address that begins with https://"),
        (
            'homepage = "https://bank.org@evil.org/"',
            "“https://bank.org@evil.org/” is no address that begins with https://",
        ),
        ('homepage = "https://a b.org/"', "“https://a b.org/” is no address that begins with https://"),
        ('screenshots = ["file:///etc/passwd"]', "“file:///etc/passwd” is no address that begins with https://"),
        ("publisher = " + repr("x" * 61), "“publisher” is longer than 60 characters"),
        ('publisher = "a\\u202eb"', "“publisher” holds a control character"),
        (f"keywords = {['k'] * 65}", "“keywords” has more than 64 entries"),
        ('image.size = "12"', "“12” is no size of at least 1M; write it like 512M or 2G"),
    ],
)
def test_what_a_catalogue_shows_is_checked(line: str, fault: str) -> None:
    assert faults(f"{MINIMAL}{line}\n") == [f"4: {fault}"]


def test_pictures_beside_the_manifest_are_read_in_their_order() -> None:
    text = MINIMAL + (
        '[[screenshots]]\nfile = "pictures/b.webp"\ncaption = "Two"\n'
        '[[screenshots]]\nfile = "a.PNG.png"\ncaption = "One"\n'
    )
    about = parse_manifest(text, "x").about
    assert about.pictures == (Screenshot("pictures/b.webp", "Two"), Screenshot("a.PNG.png", "One"))
    assert about.screenshots == ()
    mixed = MINIMAL + 'screenshots = ["https://example.org/1.png", {file = "a.jpg", caption = "A"}]\n'
    about = parse_manifest(mixed, "x").about
    assert (about.screenshots, about.pictures) == (("https://example.org/1.png",), (Screenshot("a.jpg", "A"),))


@pytest.mark.parametrize(
    "file",
    [
        *("/etc/passwd", "/a.png", "../a.png", "a/../../b.png", ".hidden.png", "a/.b/c.png", "./a.png", "a//b.png"),
        *("a.svg", "a.gif", "a", "a.png\\u0000", "a b.png", "a/b/c/d/e.png", "file:///a.png", "ä.png", "a.PNG"),
    ],
)
def test_a_picture_lies_beside_its_manifest(file: str) -> None:
    [fault] = faults(f'{MINIMAL}[[screenshots]]\nfile = "{file}"\ncaption = "C"\n')
    assert fault.startswith("5: ") and ("is no picture beside the manifest" in fault or "control" in fault)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ('screenshots = "a.png"', "4: “screenshots” is text, expected a list"),
        ("screenshots = [1]", "4: “screenshots” holds a number, expected tables: write [[screenshots]]"),
        ('[[screenshots]]\nfile = "a.png"', "4: “caption” is missing"),
        ('[[screenshots]]\ncaption = "A"', "4: “file” is missing"),
        ('[[screenshots]]\nfile = "a.png"\ncaption = ""', "6: “caption” is empty"),
        (
            '[[screenshots]]\nfile = "a.png"\ncaption = "A"\nsize = 1',
            "7: unknown key “size”; known are file, caption",
        ),
        (f"screenshots = {['https://example.org'] * 9}", "4: “screenshots” has more than 8 entries"),
    ],
)
def test_what_is_said_of_pictures_is_checked(lines: str, fault: str) -> None:
    assert faults(f"{MINIMAL}{lines}\n") == [fault]


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "app-manifests").glob("*.toml")), ids=lambda path: path.stem
)
def test_manifests_that_come_with_berth_are_valid(path: Path) -> None:
    found = parse_manifest(path.read_text(), str(path))
    assert found.id == path.stem
    about = found.about
    assert found.summary and found.categories and about.publisher and about.licence and about.homepage
    assert about.keywords


def test_all_faults_are_told_at_once_each_with_its_line() -> None:
    text = """\
id = "App"
name = 7
comand = ["app"]
categories = [
  "tools", # a comment
  "Bad One",
]
[image]
packages = ["-x"]
[limits]
memory = "2X"
processes = 1
open_fils = 3
[[permission]]
name = "network"
reason = "One."
[[permission]]
name = "networks"
"""
    assert faults(text) == [
        "1: “App” is no app id; write a reverse domain name like org.example.Editor",
        "1: “command” is missing",
        "2: “name” is a number, expected text",
        "3: unknown key “comand”, did you mean “command”?",
        "6: “Bad One” is no category; use small letters, digits and dashes",
        "9: “-x” is no name of a Debian package",
        "9: “base” is missing: packages are added to a base",
        "11: “2X” is no size of at least 32M; write it like 512M or 2G",
        "12: “processes” is 1, expected 16 to 32768",
        "13: unknown key “open_fils”, did you mean “open_files”?",
        "17: “reason” is missing",
        "18: unknown permission “networks”, did you mean “network”?",
    ]


def test_problem_names_file_and_line_and_where_to_read_on() -> None:
    with pytest.raises(ManifestInvalid) as raised:
        parse_manifest(MINIMAL + "zzz = 1\n", "/x/app.toml")
    assert raised.value.code == "manifest-invalid"
    assert raised.value.message.startswith("/x/app.toml:4: unknown key “zzz”; known are id, name")
    assert "docs/" in raised.value.hint


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("persist = 1", "4: “persist” is a number, expected true or false"),
        ("persist = 2020-01-01", "4: “persist” is a date, expected true or false"),
        ('icon = "app.svg"', "4: “icon” is no absolute path inside the image"),
        ('icon = "/usr/../etc/shadow"', "4: “icon” is no absolute path inside the image"),
        ('display = "x11"', "4: display “x11” is not known; use “wayland”, “xwayland”, “xpra”, “terminal” or “web”"),
        ('display = "web"', "4: display “web” needs to know where the page is: write [web] and port = 8080 below it"),
        ("web = {}", "4: “port” is missing"),
        ("web = { port = 80 }", "4: “port” is 80, expected 1024 to 65535"),
        ("web = { port = 65536 }", "4: “port” is 65536, expected 1024 to 65535"),
        ('web = { port = "8080" }', "4: “port” is text, expected a number"),
        (
            'web = { port = 8080, path = "start" }',
            "4: “start” is no path of a page; it begins with / and has no spaces",
        ),
        ('web = { port = 8080, path = "/a b" }', "4: “/a b” is no path of a page; it begins with / and has no spaces"),
        ('web = { port = 8080, host = "" }', "4: unknown key “host”; known are port, path"),
        ('summary = "a\\u0007b"', "4: “summary” holds a control character"),
        ('summary = "a\\u202eb"', "4: “summary” holds a control character"),
        (f'summary = "{"x" * 201}"', "4: “summary” is longer than 200 characters"),
        ("categories = [1]", "4: “categories” holds a number, expected text"),
        ('categories = ["a\\tb"]', "4: “categories” entry holds a control character"),
        (f"categories = {['x'] * 65}", "4: “categories” has more than 64 entries"),
        ("image = 1", "4: “image” is a number, expected a table"),
        ('image = { base = "A" }', "4: “A” is no base; use small letters, digits and dashes"),
        ('environment = { HOME = "/" }', "4: “HOME” is set by Berth and cannot be changed"),
        ('environment = { "A B" = "/" }', "4: “A B” is no name of a variable"),
        ("environment = { A = 1 }", "4: “A” is a number, expected text"),
        ('limits = { memory = "1M" }', "4: “1M” is no size of at least 32M; write it like 512M or 2G"),
        ("permission = [1]", "4: “permission” holds a number, expected tables: write [[permission]]"),
        ('permission = [{ name = "network", reason = "" }]', "4: “reason” is empty"),
        (
            'permission = [{ name = "camera", reason = "x" }]',
            f"4: unknown permission “camera”; known are {', '.join(VOCABULARY)}",
        ),
    ],
)
def test_one_fault(line: str, expected: str) -> None:
    assert faults(f"{MINIMAL}{line}\n") == [expected]


def test_a_page_has_a_port_and_a_path() -> None:
    found = parse_manifest(f'{MINIMAL}display = "web"\n[web]\nport = 8888\npath = "/tree?a=1"\n', "x")
    assert (found.display, found.web) == ("web", WebPage(8888, "/tree?a=1"))
    assert parse_manifest(f"{MINIMAL}[web]\nport = 8888\n", "x").web == WebPage(8888, "/")
    assert parse_manifest(f'{MINIMAL}display = "terminal"\n', "x").display == "terminal"


def test_too_many_tables_are_refused() -> None:
    many = "\n".join(f'V{index} = "x"' for index in range(65))
    assert faults(f"{MINIMAL}[environment]\n{many}") == ["4: “environment” has more than 64 entries"]
    permission = '[[permission]]\nname = "network"\nreason = "x"\n'
    assert faults(MINIMAL + permission * 65) == ["4: “permission” has more than 64 entries"]
    assert faults(MINIMAL + permission * 2) == ["8: the permission “network” is asked for twice"]


@pytest.mark.parametrize("command", ["[]", '[""]'])
def test_empty_command_is_refused(command: str) -> None:
    assert faults(f'id = "a.b"\nname = "x"\ncommand = {command}') == [
        "3: “command” is empty; its first entry is the program"
    ]


def test_empty_name_is_refused() -> None:
    assert faults('id = "a.b"\nname = " "\ncommand = ["x"]') == ["2: “name” is empty"]


def test_malformed_toml_has_its_line() -> None:
    assert faults("id = 'a'\nname =\n") == ["2: this is not valid TOML: invalid value"]
    assert faults("id = 'a")[0].startswith("1: this is not valid TOML")


def test_huge_and_deeply_nested_files_are_refused() -> None:
    assert faults("#" * (65 << 10)) == ["1: the file is larger than 64 KiB"]
    assert faults(f"a = {'[' * 20_000}") == ["1: the values are nested too deeply"]


@given(st.text())
def test_any_text_is_a_manifest_or_a_list_of_faults(text: str) -> None:
    try:
        parse_manifest(text, "x")
    except ManifestInvalid as problem:
        assert problem.faults and all(fault.line >= 1 for fault in problem.faults)


VALUES = st.recursive(
    st.text(max_size=5) | st.integers(-5, 5) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(
    ["id", "name", "command", "summary", "icon", "categories", "image", "environment", "limits", "permission", "x"]
)


@given(st.dictionaries(KEYS, VALUES))
def test_values_of_any_kind_anywhere_are_faults_and_never_crashes(document: dict[str, object]) -> None:
    text = "\n".join(f"{key} = {_toml(value)}" for key, value in document.items())
    try:
        parse_manifest(text, "x")
    except ManifestInvalid as problem:
        assert all(fault.line <= max(len(document), 1) for fault in problem.faults)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(char):08x}" for char in value if not 0xD800 <= ord(char) < 0xE000) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_toml(item)}' for key, item in value.items())}}}"
    return str(value)
