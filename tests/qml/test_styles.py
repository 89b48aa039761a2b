"""The running desktop follows its sheets: what is saved is drawn, what is broken is said, the floor holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QLoggingCategory, QRectF, qInstallMessageHandler
from PySide6.QtGui import QColor, QImage

from berth.core.messages import PromptOpened
from berth.themes.computed import Style
from berth.themes.element import Element
from berth.themes.stack import choose
from berth.ui.edits import Edits
from berth.ui.styles import Styles
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, prompt_info, pump
from tests.qml.stage import ROOT, Stage, items, keep
from tests.qml.test_conventions import FILES, code

RED, BLUE = QColor(255, 0, 0), QColor(0, 0, 255)


@pytest.fixture
def stage(theme: Path, tmp_path: Path, open_stage: OpenStage) -> Stage:
    return open_stage(themes=[theme.parent], config=tmp_path / "config")


def panel_colour(stage: Stage) -> QColor:
    panel = stage.item("panel")
    place = panel.mapRectToScene(QRectF(0, 0, panel.width(), panel.height())).toRect()
    return stage.picture().pixelColor(place.center().x(), place.bottom() - 2)


def notices(stage: Stage) -> list[str]:
    model = stage.shell.notices
    roles = {bytes(name).decode(): role for role, name in model.roleNames().items()}
    return [str(model.data(model.index(row, 0), roles["message"])) for row in range(model.rowCount())]


def test_a_saved_sheet_is_drawn(stage: Stage, theme: Path) -> None:
    assert panel_colour(stage) != RED
    (theme / "style.css").write_text("panel { background-color: red }")
    pump(lambda: panel_colour(stage) == RED)
    # As editors do it that write another file and put it in the place of the first.
    (theme / "new.css").write_text("panel { background-color: blue }")
    (theme / "new.css").rename(theme / "style.css")
    pump(lambda: panel_colour(stage) == BLUE)
    (theme / "style.css").write_text("panel { background-color: red }")
    pump(lambda: panel_colour(stage) == RED)


def test_a_token_in_a_sheet_reaches_everything_that_uses_it(stage: Stage, theme: Path) -> None:
    (theme / "style.css").write_text(":root { --color-panel: color-mix(in srgb, blue, blue); --size-panel: 80px }")
    pump(lambda: panel_colour(stage) == BLUE)
    assert stage.item("panel").height() == 80
    (theme / "tokens.json").write_text(
        '{"size": {"panel": {"$type": "dimension", "$value": {"value": 90, "unit": "px"}}}}'
    )
    (theme / "style.css").write_text("")
    pump(lambda: stage.item("panel").height() == 90)


def test_a_broken_sheet_leaves_the_last_good_one_and_is_reported(stage: Stage, theme: Path) -> None:
    (theme / "style.css").write_text("panel { background-color: red }")
    pump(lambda: panel_colour(stage) == RED)
    (theme / "style.css").write_text("panel {\n  background-color: blue;\n  colr: red;\n}")
    pump(lambda: any("style.css:3:3" in text and "colr" in text for text in notices(stage)))
    assert panel_colour(stage) == RED
    (theme / "style.css").write_text("panel { background-color: blue }")
    pump(lambda: panel_colour(stage) == BLUE)


def test_what_is_said_of_a_sheet_goes_when_it_is_sound_again(stage: Stage, theme: Path) -> None:
    stage.shell.post("info", "Something else.")
    (theme / "style.css").write_text("panel { colr: red }")
    pump(lambda: any("colr" in text for text in notices(stage)))
    (theme / "style.css").write_text("panel { colour: red }")
    pump(lambda: any("colour" in text for text in notices(stage)))
    assert len(notices(stage)) == 2
    (theme / "style.css").write_text("panel { background: url(no.png) }")
    pump(lambda: any("no.png" in text for text in notices(stage)))
    assert len(notices(stage)) == 2
    QImage(4, 4, QImage.Format.Format_RGB32).save(str(theme.parent / "yes.png"))
    (theme.parent / "yes.png").rename(theme / "no.png")
    pump(lambda: notices(stage) == ["Something else."])


def test_another_theme_is_taken_up_at_once(stage: Stage, theme: Path, tmp_path: Path) -> None:
    other = theme.parent / "other"
    other.mkdir()
    (other / "theme.toml").write_text('id = "other"\nname = "Other"\n')
    (other / "style.css").write_text("panel { background-color: blue }")
    choose(tmp_path / "config", "other")
    pump(lambda: panel_colour(stage) == BLUE)
    (other / "style.css").write_text("panel { background-color: red }")
    pump(lambda: panel_colour(stage) == RED)


def test_a_folder_called_default_does_not_take_the_default_theme_away(
    theme: Path, tmp_path: Path, open_stage: OpenStage
) -> None:
    named = theme.rename(theme.parent / "default")
    (named / "theme.toml").write_text('id = "default"\n')
    (named / "style.css").write_text("panel { background-color: red }")
    choose(tmp_path / "config", "default")
    stage = open_stage(themes=[named.parent], config=tmp_path / "config")
    assert panel_colour(stage) == RED
    assert stage.styles.of("menu").value("borderWidth") == 1.0
    (named / "theme.toml").write_text("nothing")
    (named / "style.css").unlink()
    pump(lambda: panel_colour(stage) != RED)


def test_the_users_own_sheet_is_above_the_theme(stage: Stage, theme: Path, tmp_path: Path) -> None:
    (theme / "style.css").write_text("panel { background-color: red }")
    pump(lambda: panel_colour(stage) == RED)
    (tmp_path / "config/style.css").write_text("panel { background-color: blue }")
    pump(lambda: panel_colour(stage) == BLUE)


def test_media_queries_follow_the_desktop(stage: Stage, theme: Path) -> None:
    (theme / "style.css").write_text(
        "panel { background-color: red } @media (prefers-color-scheme: dark) { panel { background-color: blue } }"
    )
    pump(lambda: panel_colour(stage) == RED)
    stage.tokens.setProperty("scheme", "dark")
    pump(lambda: panel_colour(stage) == BLUE)


def test_a_prompt_stays_readable(stage: Stage, theme: Path, engine: FakeEngine) -> None:
    (theme / "style.css").write_text(
        "prompt, prompt * { opacity: 0 !important; color: white; background-color: white; font-size: 1px }"
        ":root { --color-text: white; --color-text-muted: white; --font-body: 1px }"
    )
    stage.listed()
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: stage.shell.prompts.rowCount() == 1)
    look = stage.styles.of("prompt label")
    pump(lambda: QColor(look.value("color")) == QColor(0, 0, 0))
    assert (look.value("opacity"), look.value("fontSize")) == (1.0, 12)
    quoted = stage.styles.of("prompt quote label")
    assert QColor(quoted.value("color")) == QColor(0, 0, 0)
    allow = stage.styles.of("prompt button.primary")
    assert (allow.value("color"), allow.value("opacity")) == (QColor(0, 0, 0), 1.0)


def test_only_what_differs_is_written(stage: Stage, theme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    menu, scrim = stage.styles.of("menu"), stage.styles.of("scrim")
    written: list[str] = []
    write = stage.styles._write

    def spy(path: str, element: Element, style: Style) -> None:
        written.append(path)
        write(path, element, style)

    monkeypatch.setattr(stage.styles, "_write", spy)
    (theme / "style.css").write_text("menu { opacity: 0.5 } panel { background-color: red }")
    pump(lambda: panel_colour(stage) == RED)
    assert menu.value("opacity") == 0.5
    assert {path.split()[0] for path in written} <= {"menu", "panel"}
    assert stage.styles.of("menu") is menu
    assert stage.styles.of("scrim") is scrim


def test_a_change_of_looks_has_the_whole_screen_painted(stage: Stage, theme: Path) -> None:
    """Qt's software renderer takes the square of the number of items to find out what of it has to be."""
    stage.picture()
    whole = f"QRegion(0,0 {stage.view.width()}x{stage.view.height()})"
    sheets = ["panel { color: red }", "panel { color: blue }", "panel { color: blue } /* the same */", ""]
    assert [whole in painted_after(stage, theme, sheet) for sheet in sheets] == [True, True, False, True]


def painted_after(stage: Stage, theme: Path, sheet: str) -> str:
    """What Qt says of its next frame after a sheet is saved."""
    said: list[str] = []
    read: list[bool] = []
    stage.styles.refreshed.connect(lambda: read.append(True))
    (theme / "style.css").write_text(sheet)
    pump(lambda: bool(read))
    before = qInstallMessageHandler(lambda _kind, context, text: said.append(f"{context.category} {text}"))
    QLoggingCategory.setFilterRules("qt.scenegraph.softwarecontext.renderer.debug=true")
    try:
        stage.picture()
    finally:
        QLoggingCategory.setFilterRules("")
        qInstallMessageHandler(before)
    return "".join(text for text in said if "softwarecontext.renderer render" in text)


def test_every_entry_that_qml_reads_is_there(stage: Stage) -> None:
    known = set(stage.styles.of("button").keys())
    read = {name for file in FILES for name in re.findall(r"\b(?:look|\.of\([^)]*\))\.(\w+)", code(file))}
    assert read - known == set()
    assert read


def test_errors_lie_over_the_desktop_until_the_sheet_is_sound(stage: Stage, theme: Path) -> None:
    card = stage.item("sheetErrors")
    assert not card.isVisible()
    (theme / "style.css").write_text("panel {\n  colr: red;\n}\nbuton:hovr { color: red }")
    pump(card.isVisible)
    stage.picture()
    words = " ".join(str(item.property("text")) for item in items(card))
    assert "2 errors" in words and "mine/style.css:2:3" in words and "Did you mean “color”?" in words
    keep(stage.picture(), "sheet-errors")
    stage.click(stage.item("dismissErrors"))
    pump(lambda: not card.isVisible())
    (theme / "style.css").write_text("panel { color: redd }")
    pump(card.isVisible)
    (theme / "style.css").write_text("panel { color: red }")
    pump(lambda: not card.isVisible())


QUESTION = "@media (max-widht: 1px) { panel { color: red } }"


def test_warnings_lie_over_the_desktop_while_their_author_edits(
    theme: Path, tmp_path: Path, open_stage: OpenStage
) -> None:
    (theme / "style.css").write_text(QUESTION)
    stage = open_stage(themes=[theme.parent], config=tmp_path / "config")
    card = stage.item("sheetErrors")
    assert [finding.code for finding in stage.styles.stack.findings] == ["condition-unknown"]
    assert not card.isVisible()
    (theme / "style.css").write_text(f"\n{QUESTION}")
    pump(card.isVisible)
    stage.picture()
    words = " ".join(str(item.property("text")) for item in items(card))
    assert "A warning" in words and "mine/style.css:2:9" in words and "Did you mean “max-width”?" in words
    assert notices(stage) == [] and card.property("element") == "notice.warning"
    keep(stage.picture(), "sheet-warnings")
    (theme / "style.css").write_text(f"{QUESTION} panel {{ colr: red }}")
    pump(lambda: card.property("element") == "notice.error")
    stage.picture()
    words = " ".join(str(item.property("text")) for item in items(card))
    assert "An error" in words and "colr" in words and "max-widht" in words
    assert [row.severity for row in stage.styles.errors] == ["error", "warning"]
    keep(stage.picture(), "sheet-errors-and-warnings")
    stage.click(stage.item("dismissErrors"))
    pump(lambda: not card.isVisible())
    (theme / "style.css").write_text("")
    pump(lambda: stage.styles.stack.findings == [])
    assert not card.isVisible()


def test_warnings_of_a_theme_that_comes_into_use_or_is_only_read_are_not_told(
    theme: Path, tmp_path: Path, open_stage: OpenStage
) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/default").symlink_to(ROOT / "themes/default")
    for folder in (theme.parent / "other", tmp_path / "shared/read"):
        folder.mkdir()
        (folder / "theme.toml").write_text(f'id = "{folder.name}"\nname = "Other"\n')
        (folder / "style.css").write_text(QUESTION)
    folders, config = [theme.parent, tmp_path / "shared"], tmp_path / "config"
    styles = Styles(open_stage().tokens, folders, config)
    (theme / "style.css").write_text(QUESTION)
    pump(lambda: len(styles.errors) == 1)
    choose(config, "other")
    pump(lambda: styles.stack.theme.name == "other")
    assert styles.stack.findings and not list(styles.errors)
    choose(config, "read")
    pump(lambda: styles.stack.theme.name == "read")
    (tmp_path / "shared/read/style.css").write_text(f"\n{QUESTION}")
    pump(lambda: [finding.line for finding in styles.stack.findings] == [2])
    assert not list(styles.errors)


def test_a_theme_in_the_place_of_another_is_nobodys_work(tmp_path: Path) -> None:
    for name, text in (("mine", "a"), ("new", "b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "style.css").write_text(text)
    edits, file = Edits(), tmp_path / "mine/style.css"
    edits.follow([file])
    edits.look()
    (tmp_path / "mine").rename(tmp_path / "old")
    (tmp_path / "new").rename(tmp_path / "mine")
    edits.look()
    assert not edits.within(tmp_path)
    file.write_text("longer")
    edits.look()
    assert edits.within(tmp_path / "mine") and not edits.within(tmp_path / "old")
