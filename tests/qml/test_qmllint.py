"""qmllint over all QML: any output fails, and a misspelt name is output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_QMLLINT = Path(sys.executable).parent / "pyside6-qmllint"


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("types")
    command = [sys.executable, "-m", "tests.qml.qmltypes", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=110)
    return folder


def lint(types: Path, files: list[Path]) -> subprocess.CompletedProcess[str]:
    command = [str(_QMLLINT), "-I", str(types), "-W", "0", *map(str, files)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)


def test_all_qml_is_clean(types: Path) -> None:
    result = lint(types, sorted((ROOT / "qml").rglob("*.qml")))
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout + result.stderr == ""


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("color: Tokens.color.acent", "acent"),
        ("width: Tokens.sise.panel", "sise"),
        ("visible: Shell.launcherOpened", "launcherOpened"),
        ("height: Shell.prompts.cuont", "cuont"),
        ("Component.onCompleted: Shell.lanch('x')", "lanch"),
        ("Component.onCompleted: Scene.focusWindo(1)", "focusWindo"),
    ],
)
def test_a_misspelt_name_is_found(types: Path, tmp_path: Path, line: str, wrong: str) -> None:
    file = tmp_path / "Wrong.qml"
    file.write_text(f"import QtQuick\nimport Berth\n\nRectangle {{\n    {line}\n}}\n")
    result = lint(types, [file])
    assert result.returncode != 0
    assert wrong in result.stdout + result.stderr
