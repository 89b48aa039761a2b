"""What the shell makes of the engine's words: rows, permissions, icons, search."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.messages import AppInfo, ImageProgress, PermissionInfo, PromptInfo
from berth.core.permissions import VOCABULARY
from berth.ui.icons import MAX_BYTES, TILES, IconStore, letter_of, tile_of
from berth.ui.permission_words import chip_words, explain, question
from berth.ui.rows import AppRow, app_row, building_row, prompt_row, short_digest, told_apart
from berth.ui.search import find, group_name, groups_in, groups_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


def app(name: str, summary: str = "", categories: tuple[str, ...] = (), keywords: tuple[str, ...] = ()) -> AppRow:
    return AppRow(f"org.{name}", name, summary, "", categories, (), "ready", keywords=keywords)


def test_questions_are_plain_and_names_cannot_forge_them() -> None:
    assert question("network", "Firefox") == "Let Firefox use the network?"
    assert question("teleport", "%2") == "Let %2 use “teleport”?"
    assert question("network", "<b>%1</b>") == "Let <b>%1</b> use the network?"
    assert "no description" in explain("teleport")


@pytest.mark.parametrize(
    ("decision", "words"), [("ask", "asks for network"), ("allow", "may use network"), ("deny", "may not use network")]
)
def test_chips(decision: str, words: str) -> None:
    assert chip_words(PermissionInfo("network", "", False, decision)) == words  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> tuple[IconStore, Path]:
    folder = tmp_path / "images"
    folder.mkdir()
    return IconStore([folder]), folder


def test_sound_icons_become_urls(store: tuple[IconStore, Path]) -> None:
    icons, folder = store
    (folder / "a b.png").write_bytes(PNG)
    (folder / "c.svg").write_text('\ufeff\n<svg xmlns="http://www.w3.org/2000/svg"/>')
    assert icons.url(str(folder / "a b.png")) == f"file://{folder}/a b.png"
    assert icons.url(str(folder / "c.svg")).endswith("/c.svg")


def test_everything_else_is_refused(store: tuple[IconStore, Path], tmp_path: Path) -> None:
    icons, folder = store
    outside = tmp_path / "outside.png"
    outside.write_bytes(PNG)
    (folder / "link.png").symlink_to(outside)
    (folder / "wrong.png").write_text("<svg/>")
    (folder / "text.txt").write_text("x")
    (folder / "empty.png").touch()
    (folder / "large.png").write_bytes(PNG + b"\0" * MAX_BYTES)
    (folder / "folder.png").mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    refused = [str(path) for path in sorted(folder.iterdir())]
    refused += [
        str(outside),
        f"{folder}/../outside.png",
        "",
        "\0",
        "missing.png",
        "http://example.org/a.png",
        "/dev/zero",
        str(folder / ("x" * 5000)),
    ]
    assert [path for path in refused if icons.url(path)] == []


def test_every_permission_is_explained() -> None:
    for name in VOCABULARY:
        assert question(name, "Gauge").startswith("Let Gauge ") and "“" not in question(name, "Gauge")
        assert "no description" not in explain(name)


@given(st.text())
def test_every_name_has_a_letter_and_every_id_a_tile(text: str) -> None:
    assert letter_of(text)
    assert 1 <= tile_of(text) <= TILES


def test_rows() -> None:
    icons = IconStore([])
    info = AppInfo(
        "a.b", "B", "s", "1", "/x.png", ("Game",), (PermissionInfo("sound", "", False, "ask"),), "", "missing", ""
    )
    row = app_row(info, icons)
    assert (row.app, row.icon, row.chips, row.image_state, row.activity) == (
        "a.b",
        "",
        ("asks for sound",),
        "missing",
        "",
    )
    prompt = prompt_row(PromptInfo("p", "a", "A", "", "i", "camera", "why", "me", "sha256:" + "9" * 64, 0), icons)
    assert (prompt.question, prompt.digest) == ("Let A use the camera?", "9" * 12)
    assert building_row(ImageProgress("a", "t", 3.0, -1), "A", "").fraction == 1
    assert building_row(ImageProgress("a", "t", -0.5, -1), "A", "").fraction == -1
    assert short_digest("") == ""


def test_apps_that_would_look_alike_are_told_apart_by_their_ids() -> None:
    one, other = (
        AppRow("local.one", "Db", "s", "", (), (), "ready"),
        AppRow("local.other", "Db", "s", "", (), (), "ready"),
    )
    assert [row.summary for row in told_apart([one, app("Db", "not so"), other, app("Files", "s")])] == [
        "local.one · s",
        "not so",
        "local.other · s",
        "s",
    ]
    assert [row.summary for row in told_apart([app("Db"), app("Db")])] == ["org.Db", "org.Db"]


def test_search_ranks_beginnings_first() -> None:
    apps = [app("Profile Editor"), app("Text Editor", "edit files"), app("Files"), app("Müller")]
    assert [found.name for found in find(apps, "file")] == ["Files", "Profile Editor", "Text Editor"]
    assert [found.name for found in find(apps, "muller")] == ["Müller"]
    assert [found.name for found in find(apps, "editor text")] == ["Text Editor"]
    assert find(apps, "   ") == apps
    assert find([app("Mines"), app("Files", keywords=("folder",))], "folder")[0].name == "Files"


def test_every_app_has_a_group() -> None:
    apps = [app("a", categories=("internet", "games")), app("b", categories=("nonsense",)), app("c")]
    assert [groups_of(each) for each in apps] == [{"internet", "games"}, {"tools"}, {"tools"}]
    assert groups_in(apps) == ["internet", "games", "tools"]
    assert find(apps, "", "tools") == apps[1:]
    assert [group_name(group) for group in groups_in(apps)] == ["Internet", "Games", "Tools"]
