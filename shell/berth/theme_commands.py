"""``berth theme``: works on files alone, so it needs no session; a running desktop follows the files."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path

from berth.core.problem import Problem
from berth.output import print_json, print_table

_SHARED = Path(__file__).parents[2] / "themes"
_SHEET = """\
/* {name}: everything that is not said here is as in the default theme.
   Save this file, and the desktop follows. Check it with: berth theme check {name} */

/* Tokens: every colour, size and duration has one. docs/theme-reference.md lists them.
   All that has the accent's hue is made of --desktop-accent, so that it can be read in each scheme. */
:root {{
  /* --desktop-accent: oklch(0.55 0.2 300); */
  /* --radius-window: 4px; */
}}

/* What users may adjust, in the list of themes or with berth theme adjust: whatever has a label.
@property --round {{
  syntax: "<length>"; inherits: true; initial-value: 10px;
  label: "Roundness"; range: 0px 20px; step: 1px;
}} */

/* Elements have names, classes and states, as in a web page. What stands here is stronger than all of the default
   theme, so a rule for button:hover would be one for button.primary:hover, too. */
window:focus {{
  /* border-color: var(--color-accent); */
}}

button {{
  /* border-radius: 999px; */

  &:not(.primary, .destructive, .start) {{
    &:hover {{
      /* background-color: color-mix(in oklch, var(--color-accent) 12%, var(--color-surface-sunken)); */
    }}
    &:active {{
      /* background-color: color-mix(in oklch, var(--color-accent) 20%, var(--color-surface-sunken)); */
    }}
  }}
}}

/* What holds only somewhere: schemes, contrast, fingers, form factors ... */
@media (prefers-color-scheme: dark) {{
}}

@media (form-factor: phone) {{
}}

/* ... or only for windows of some app. */
@app org.codeberg.dnkl.foot {{
  window {{
    /* border-radius: 0; */
  }}
}}
"""
_DESCRIPTION = """\
id = "{name}"
name = "{title}"
summary = ""
version = "0.1"
# How others may use it, by its name at spdx.org/licenses.
license = "LicenseRef-all-rights-reserved"
author = ""
"""


def folders() -> list[Path]:
    """Where themes are, the user's own first."""
    from berth.themes.stack import search_path

    shared = _SHARED if _SHARED.is_dir() else Path(sys.prefix) / "share/berth/themes"
    return search_path(shared, os.environ)


def _folder(theme: str) -> Path:
    """A theme by its id, or by the path of its folder."""
    from berth.themes.stack import find

    if "/" in theme or (theme.startswith(".") and Path(theme).is_dir()):
        if not Path(theme).is_dir():
            raise Problem("theme-unknown", f"There is no folder {theme}.")
        return Path(theme).resolve()
    return find(theme, folders())


def list_themes(options: argparse.Namespace) -> int:
    from berth.themes.folder import read_description
    from berth.themes.stack import chosen, config_folder, installed

    used = chosen(config_folder(os.environ))
    rows = []
    for name, folder in installed(folders()).items():
        try:
            description = read_description(folder)
            title, summary = description.name, description.summary
            said = {"version": description.version, "license": description.license, "author": description.author}
        except Problem as problem:
            title, summary, said = "-", problem.message, {}
        row = {"id": name, "name": title, "summary": summary, **said, "folder": str(folder), "used": name == used}
        rows.append(row)
    if options.json:
        print_json(rows)
    else:
        table = [(str(row["id"]), "*" if row["used"] else "", str(row["name"]), str(row["summary"])) for row in rows]
        print_table(("THEME", "USED", "NAME", "SUMMARY"), table)
    return 0


def use(options: argparse.Namespace) -> int:
    from berth.themes.stack import choose, config_folder, find

    find(options.theme, folders())
    choose(config_folder(os.environ), options.theme)
    return 0


def check(options: argparse.Namespace) -> int:
    """Exit code 1 if something is an error; warnings alone are 0."""
    from berth.themes.findings import ERROR, lines
    from berth.themes.lint import check as examine
    from berth.themes.stack import base

    findings = examine(_folder(options.theme), base(folders()))
    if options.json:
        print_json([asdict(finding) for finding in findings])
    else:
        for line in lines(findings):
            print(line)
        if not findings:
            print("Nothing is wrong.")
    return 1 if any(finding.severity == ERROR for finding in findings) else 0


def new(options: argparse.Namespace) -> int:
    from berth.themes.folder import is_id

    if not is_id(options.theme):
        raise Problem("usage", f"“{options.theme}” is no id of a theme.", "Use lower case letters, digits and dashes.")
    folder = folders()[0] / options.theme
    try:
        folder.mkdir(parents=True)
        (folder / "theme.toml").write_text(
            _DESCRIPTION.format(name=options.theme, title=options.theme.replace("-", " ").capitalize())
        )
        (folder / "style.css").write_text(_SHEET.format(name=options.theme))
    except FileExistsError:
        raise Problem("theme-exists", f"{folder} is there already.", "Choose another id.") from None
    except OSError as error:
        raise Problem("write-failed", f"{folder} could not be made: {error.strerror}.") from None
    print(folder)
    return 0


def pack(options: argparse.Namespace) -> int:
    """Write a theme as one file, and say what it is called."""
    from berth.themes.install import check_sheets
    from berth.themes.pack import SUFFIX, packed
    from berth.themes.package import collect, examine
    from berth.themes.stack import base

    folder = _folder(options.theme)
    files = collect(folder)
    description = examine(files)
    check_sheets(folder, base(folders()))
    target = Path(options.output or f"{description.id}-{description.version}{SUFFIX}")
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_bytes(packed(files))
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Problem("write-failed", f"{target} could not be written: {error.strerror}.") from None
    print(target)
    return 0


def look(options: argparse.Namespace) -> int:
    """What a packed theme is and what is wrong with it, without making it one of the user's.

    As JSON: ``id``, ``name``, ``summary``, ``version``, ``license`` and ``author`` as its author says, ``files`` and
    ``bytes``, whether the user has one of this id already (``there``), and the ``findings`` of ``check``.
    """
    from berth.themes.findings import lines, printable
    from berth.themes.install import looked_at
    from berth.themes.stack import base, installed

    place = Path(options.file)
    shared = installed(folders()[1:])
    files = _files(place)
    description, findings = looked_at(files, shared, base(folders()))
    about = {name: printable(text) for name, text in description._asdict().items()}
    size = {"files": len(files), "bytes": sum(map(len, files.values()))}
    there = {"there": (folders()[0] / description.id).exists()}
    if options.json:
        print_json({**about, **size, **there, "findings": [asdict(finding) for finding in findings]})
        return 0
    print_table(("", ""), [(name, str(value)) for name, value in {**about, **size}.items()])
    for line in lines(findings):
        print(line)
    return 0


def _files(place: Path) -> dict[str, bytes]:
    """Those of a theme's folder or packed theme, each of bounded size; nothing is examined yet."""
    from berth.themes.package import collect

    return dict(collect(place)) if place.is_dir() else _unpacked(place)


def install(options: argparse.Namespace) -> int:
    """Exit code 0 means that the theme is there as a whole."""
    from berth.themes.install import install as put
    from berth.themes.stack import base, installed

    files = _files(Path(options.file))
    shipped = installed(folders()[1:])
    print(put(files, folders()[0], shipped, base(folders()), replace=options.replace))
    return 0


def _unpacked(file: Path) -> dict[str, bytes]:
    from berth.themes.folder import read_bytes_inside
    from berth.themes.pack import MOST_PACKED, unpacked

    if not file.exists():
        raise Problem("theme-file", f"There is no file {file}.", "Name a packed theme, or the folder of one.")
    real = file.resolve()
    return unpacked(read_bytes_inside(real.parent, real.name, MOST_PACKED))


def remove(options: argparse.Namespace) -> int:
    """What was adjusted in it goes, too, unless a theme of Berth comes to its place."""
    from berth.themes.install import remove as take
    from berth.themes.stack import config_folder, installed, leave

    mine, *others = folders()
    shipped = installed(others)
    take(options.theme, mine, shipped)
    if options.theme not in shipped:
        leave(config_folder(os.environ), options.theme)
    return 0


def diff(options: argparse.Namespace) -> int:
    """As JSON all that differs; for people without what follows from something else that is there."""
    from berth.themes.comparing import differences, in_short
    from berth.themes.stack import Stack, base

    one, other = (Stack(base(folders()), _folder(theme)) for theme in (options.one, options.other))
    found = differences(one, other)
    if options.json:
        print_json([item._asdict() for item in found])
    else:
        print_table(("ELEMENT", "PROPERTY", options.one.upper(), options.other.upper(), "SEEN IN"), in_short(found))
    return 0


def reference(options: argparse.Namespace) -> int:
    from berth.themes.reference import page

    sys.stdout.write(page())
    return 0
