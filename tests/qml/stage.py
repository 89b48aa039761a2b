"""The shell's own QML in an offscreen window, with stand-ins for the scene and the engine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtQml import QQmlComponent, QQmlEngine
from PySide6.QtQuick import QQuickItem, QQuickView
from PySide6.QtTest import QTest
from shiboken6 import Shiboken

import berth.ui.wallpaper  # noqa: F401
from berth.core.messages import KeyboardLayout, SceneRequest, SoundSetting
from berth.ui.box_pictures import BOXES_PROVIDER, BoxPictures
from berth.ui.dock import Dock
from berth.ui.greeter import Greeter
from berth.ui.inspector import Inspector
from berth.ui.key_levels import KeyLevels
from berth.ui.key_strokes import KeyStrokes
from berth.ui.keymap import Keymap
from berth.ui.lock import Lock
from berth.ui.output import Output
from berth.ui.output_settings import OutputSettings
from berth.ui.power import Power
from berth.ui.preview import WINDOWS_PROVIDER, WindowPictures
from berth.ui.screen_keyboard import ScreenKeyboard
from berth.ui.shell import Shell
from berth.ui.singletons import provide
from berth.ui.styles import Styles
from berth.ui.symbols import SYMBOLS_PROVIDER, SymbolPictures
from berth.ui.themes import Themes
from berth.ui.tokens import Tokens
from tests.qml.fakes import FakeEngine, FakeOutputs, Scene, pump

ROOT = Path(__file__).parents[2]
TOKENS = ROOT / "themes/default/tokens.json"
OWN_FOLDERS = (
    *("components", "launcher", "panels", "prompts", "overlays", "layouts", "inspector", "catalogue"),
    *("keyboard", "lock", "greeter"),
)
_WINDOW_AREA = """import QtQuick
FocusScope {
    objectName: "windowArea"
    property var output
    property int presses: 0
    MouseArea { anchors.fill: parent; acceptedButtons: Qt.AllButtons; onPressed: parent.presses++ }
}
"""
WINDOW_PARTS = ("WindowFrame.qml", "TitleBar.qml", "WindowButton.qml", "ResizeRing.qml")
SIZES = {"desktop": (1280, 800), "tablet": (1180, 820), "phone": (390, 844)}


def qml_tree(folder: Path) -> Path:
    """The shell's QML beside a window area that only counts presses."""
    for name in OWN_FOLDERS:
        (folder / name).symlink_to(ROOT / "qml" / name)
    (folder / "Specimens.qml").symlink_to(ROOT / "tests/qml/Specimens.qml")
    (folder / "windows").mkdir()
    (folder / "windows/WindowArea.qml").write_text(_WINDOW_AREA)
    for name in ("LayerArea.qml", "HangQuestion.qml", *WINDOW_PARTS):
        (folder / "windows" / name).symlink_to(ROOT / "qml/windows" / name)
    return folder


class Stage:
    """One layout on screen."""

    def __init__(
        self, qml: Path, engine: FakeEngine, layout: str = "Desktop", size: tuple[int, int] | None = None, **tokens: Any
    ) -> None:
        self.engine = engine
        self.scene = Scene()
        self.output = Output("BERTH-1")
        self.output.look(primary=True, active=True)
        self.tokens = Tokens([TOKENS], scheme=tokens.get("scheme", "light"), contrast=tokens.get("contrast", ""))
        self.qml_engine = QQmlEngine()
        self.qml_engine.addImageProvider(WINDOWS_PROVIDER, WindowPictures(self.scene.preview))
        self.shell = Shell(engine.path, [Path("/")])
        self.shell.sounds.set(SoundSetting(True))  # as every engine says at first
        folders = [*tokens.get("themes", ()), ROOT / "themes"]
        tell, mended = self.shell.post_problem, self.shell.withdraw_problem
        self.styles = Styles(self.tokens, folders, tokens.get("config"), tell, mended=mended)
        self.qml_engine.addImageProvider(SYMBOLS_PROVIDER, SymbolPictures(self.styles.theme_icons))
        self.qml_engine.addImageProvider(BOXES_PROVIDER, BoxPictures(self.styles.paintings))
        config = tokens.get("config") or Path(os.devnull)
        self.themes = Themes(folders, config, self.styles, self.tokens, self.shell.post_problem)
        self.inspector = Inspector(self.styles, lambda text, hint: self.shell.post("info", text, hint))
        keys = KeyboardLayout(tokens.get("keyboard", "us"))
        self.typed: list[str] = []  # what no key makes
        strokes = KeyStrokes(lambda: self.view, lambda: False, self.typed.append, nullcontext)
        levels = KeyLevels(Keymap(keys))
        self.keyboard = ScreenKeyboard(levels, strokes, keys, tokens.get("config"), self.shell.post_problem)
        provide(self.qml_engine, self.shell, self.tokens, self.styles, self.themes, self.scene, self.inspector)
        self.keyboard.set_handheld(layout != "Desktop")
        self.dock = Dock(self.shell, self.scene.desk, self.styles, tokens.get("config"))
        provide(self.qml_engine, self.keyboard, self.dock)
        self.said: list[SceneRequest] = []
        self.lock = Lock(self.said.append, lambda _locked: None, "us,de")
        self.greeter = Greeter(self.lock)
        self.logged_out = 0
        log_out = None if tokens.get("greets") else self._log_out
        self.power = Power(self.said.append, self.shell.instance_rows, log_out)
        provide(self.qml_engine, self.lock, self.greeter, self.power)
        self.outputs = FakeOutputs([self.output])
        self.output_settings = OutputSettings(self.outputs)
        self.outputs.changed = self.output_settings.refresh
        provide(self.qml_engine, self.output_settings)
        self.view = QQuickView(self.qml_engine, None)
        self.view.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
        self.view.resize(*(size or SIZES[layout.lower()]))
        self.qml = qml
        self.show_layout(layout)
        self.view.show()
        self.view.requestActivate()
        self.shell.start()
        pump(lambda: QGuiApplication.focusWindow() is self.view)

    def _log_out(self) -> None:
        self.logged_out += 1

    def show_layout(self, layout: str) -> None:
        place = QUrl.fromLocalFile(str(self.qml / "layouts" / f"{layout}.qml"))
        # A thread of Qt's reads the files, and what it has to say goes through Python: not while that waits for it.
        types = QQmlComponent(self.qml_engine, place, QQmlComponent.CompilationMode.Asynchronous)
        pump(lambda: not types.isLoading())
        self.view.setInitialProperties({"output": self.output})
        self.view.setSource(place)
        assert self.view.status() == QQuickView.Status.Ready, [error.toString() for error in self.view.errors()]

    def listed(self) -> None:
        """Wait until the engine's first answers are shown."""
        pump(lambda: self.shell.engineConnected and not self.shell._calls)

    def item(self, name: str) -> QQuickItem:
        found = next((item for item in items(self.view.contentItem()) if item.objectName() == name), None)
        assert found is not None, f"no item is called {name}"
        return found

    def key(self, key: Qt.Key, text: str = "") -> None:
        QTest.keyClick(self.view, key)

    def type(self, text: str) -> None:
        for character in text:
            QTest.keyClick(self.view, character)

    def click(self, item: QQuickItem) -> None:
        middle = item.mapToScene(QPointF(item.width() / 2, item.height() / 2))
        QTest.mouseClick(self.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle.toPoint())

    def picture(self) -> QImage:
        """What is on screen now; also kept as a file where BERTH_PICTURES names a folder."""
        return self.view.grabWindow()

    def close(self) -> None:
        self.themes.close()
        self.shell.close()
        self.view.setSource(QUrl())
        self.view.close()
        self.view.deleteLater()
        self.qml_engine.deleteLater()
        self.styles.deleteLater()  # with the watches of files that it has: a user has few


def kind(item: QQuickItem) -> str:
    """The name of its type.

    What describes a type goes with its last item, while PySide keeps its own object for it as long as that of the item:
    an item that comes to lie at the same address would be taken for it.
    """
    described = item.metaObject()
    name = described.className()
    Shiboken.invalidate(described)
    return name


def items(item: QQuickItem) -> Iterator[QQuickItem]:
    yield item
    for child in item.childItems():
        yield from items(child)


@contextmanager
def no_long_press() -> Iterator[None]:
    """However long the mouse presses a control meanwhile, it is not held."""
    hints = QGuiApplication.styleHints()
    usual = hints.mousePressAndHoldInterval()
    hints.setMousePressAndHoldInterval(600_000)
    try:
        yield
    finally:
        hints.setMousePressAndHoldInterval(usual)


def keep(picture: QImage, name: str) -> None:
    folder = os.environ.get("BERTH_PICTURES")
    if folder:
        picture.save(str(Path(folder) / f"{name}.png"))
