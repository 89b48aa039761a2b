"""What a change of the look costs: reading a sheet, the cascade, and the running desktop with many styled items.

The desktop is a Qt window with the software renderer; from saving to pixels means from the write of the file
to a picture that has the new colour.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.measure import quantile, row, table

if TYPE_CHECKING:
    from berth.ui.styles import Styles

ROOT = Path(__file__).parents[2]
LINES = 2000
RUNS = 21
_ITEMS = (500, 2000)
_RULE = """button.primary:hover > label.x{n}, menu::part(label), card.pill.x{n} {{
  background-color: color-mix(in oklch, var(--color-accent) 80%, white);
  border: 1px solid var(--color-border);
  border-radius: calc(var(--radius-md) * 2 + {n}px);
  box-shadow: 0 1px 2px rgb(0 0 0 / 0.2), 0 4px 12px rgb(0 0 0 / 0.1);
  transition: background-color 120ms ease-out;
  padding: 4px 8px;
  &:active {{ opacity: 0.8; }}
}}
"""
_QML = b"""
import QtQuick
import Berth
import "components"
Item {
    property int count: 0
    width: 1000; height: 900
    Afresh { anchors.fill: parent }
    Repeater {
        model: parent.count
        Rectangle {
            id: item
            required property int index
            readonly property list<string> kinds: ["button", "button.primary", "menu item", "choice:checked", "field"]
            readonly property var look: Styles.of(kinds[index % 5])
            x: index % 50 * 20; y: Math.floor(index / 50) * 20; width: 18; height: 18
            color: look.background; border.color: look.borderColor; border.width: look.borderWidth
            radius: Math.min(look.topLeftRadius, 9); opacity: look.opacity
            Text { color: item.look.color; text: "a"; textFormat: Text.PlainText }
        }
    }
}
"""


def report() -> None:
    """Runs in a process of its own, as Qt is to be loaded without a screen."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software"}
    subprocess.run([sys.executable, "-m", "tests.benchmarks.themes"], cwd=ROOT, env=environment, check=True)


def _times(
    run: Callable[[int], object], runs: int = RUNS, clock: Callable[[], float] = time.process_time
) -> list[float]:
    """Milliseconds of each run; of the processor, as what runs beside says nothing about us."""
    found = []
    for number in range(runs):
        start = clock()
        run(number)
        found.append((clock() - start) * 1000)
    return found


def _row(name: str, times: list[float]) -> None:
    row(name, f"{quantile(times, 0.5):.1f}", f"{quantile(times, 0.95):.1f}")


def _engine() -> None:
    from berth.themes.engine import Engine
    from berth.themes.sheet import SheetReader
    from berth.themes.situations import SITUATIONS
    from berth.themes.stack import Stack
    from berth.themes.vocabulary import element_at, paths

    rules = [_RULE.format(n=number) for number in range(LINES // _RULE.count("\n") + 1)]
    reader = SheetReader("style.css", ("theme",))
    stack = Stack(ROOT / "themes/default")
    base = stack.read(SITUATIONS[0].contexts)
    engine = Engine(base)

    def show() -> None:
        for path in paths():
            engine.style(element_at(engine.elements, path))

    def first(_number: int) -> None:
        SheetReader("style.css", ("theme",)).read("".join(rules))

    def edit(number: int) -> None:
        rules[100] = _RULE.format(n=100).replace("0.8", f"0.{number + 10}")
        engine.update(base + reader.read("".join(rules)).items)

    def switch(number: int) -> None:
        seen = SITUATIONS[(0, 2)[number % 2]]
        engine.update(stack.read(seen.contexts) + reader.read("".join(rules)).items, seen.environment)

    _row(f"read a sheet of {LINES} lines for the first time", _times(first, 5))
    engine.update(base + reader.read("".join(rules)).items)
    show()
    _row("one rule of it changed: read and cascade", _times(edit))
    _row(f"light to dark, all {sum(1 for _ in paths())} elements of the vocabulary", _times(switch))


def _desktop(folder: Path) -> None:
    from PySide6.QtCore import QEventLoop, QUrl
    from PySide6.QtGui import QColor, QGuiApplication
    from PySide6.QtQml import QQmlComponent
    from PySide6.QtQuick import QQuickItem, QQuickView
    from shiboken6 import delete

    from berth.themes.stack import choose
    from berth.ui.singletons import provide
    from berth.ui.styles import Styles
    from berth.ui.tokens import Tokens

    application = QGuiApplication(["bench"])
    theme = folder / "themes/mine"
    theme.mkdir(parents=True)
    (theme / "theme.toml").write_text('id = "mine"\n')
    (theme / "style.css").write_text("")
    choose(folder / "config", "mine")
    tokens = Tokens([ROOT / "themes/default/tokens.json"], scheme="light")
    styles = Styles(tokens, [theme.parent, ROOT / "themes"], folder / "config")
    refreshed: list[bool] = []
    styles.refreshed.connect(lambda: refreshed.append(True))
    for items in _ITEMS:
        view = QQuickView()
        provide(view.engine(), tokens, styles)
        component = QQmlComponent(view.engine())
        component.setData(_QML, QUrl.fromLocalFile(str(ROOT / "qml/desktop.qml")))
        item = component.createWithInitialProperties({"count": items})
        assert isinstance(item, QQuickItem), component.errors()
        view.setContent(QUrl(), component, item)
        view.resize(1000, 900)
        view.show()

        def switch(number: int, view: QQuickView = view) -> None:
            tokens.setProperty("scheme", ("dark", "light")[number % 2])
            view.grabWindow()

        def save(number: int, view: QQuickView = view) -> None:
            wanted = QColor(number, 100, 50)
            (theme / "style.css").write_text(f"button {{ background-color: {wanted.name()} }}")
            # As the desktop does: it sleeps until the system tells of the file, and then draws once.
            while view.grabWindow().pixelColor(8, 3) != wanted:
                refreshed.clear()
                while not refreshed:
                    application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

        view.grabWindow()
        _row(f"light to dark to frame, {items} items", _times(switch))
        _row(f"saved to pixels by the clock, {items} items", _times(save, clock=time.perf_counter))
        view.close()
        # Before the tables that its bindings read.
        delete(view)
    table_of = styles.of("button")
    one = _times(lambda number: table_of.insert("fontSize", float(number)), 101)
    row("one value of a look, without readers", f"{quantile(one, 0.5):.4f}", f"{quantile(one, 0.95):.4f}")
    _followed(styles, theme)
    _painting()
    for title, more in {"other colours": "", "a font and a wallpaper of 4K": _HEAVY}.items():
        grown = _switched(folder, styles, more)
        row(f"memory, 100 switches of themes with {title}", f"{grown:.2f} MiB", "")


def _followed(styles: Styles, theme: Path) -> None:
    """One property that every button has, changed in its file."""
    from berth.themes.vocabulary import paths

    buttons = [path for path in paths() if path.split()[-1].startswith("button")]
    for path in buttons:
        styles.of(path)

    def edit(number: int) -> None:
        (theme / "style.css").write_text(f"button {{ outline-offset: {number}px }}")
        styles.reload()

    each = [time / len(buttons) for time in _times(edit)]
    row(f"one property, for each of {len(buttons)} looks", f"{quantile(each, 0.5):.3f}", f"{quantile(each, 0.95):.3f}")


_HEAVY = """
@font-face { font-family: Own; src: url(own.ttf) }
:root { --font-family: Own, sans-serif }
desktop { background: url(wall.png) center / cover }
"""
_WALLPAPER = """
import QtQuick
import Berth
Item {
    readonly property var look: Styles.of("desktop")
    BorderImage {
        anchors.fill: parent
        source: look.ground.length > 0 ? "image://boxes/" + look.ground[0] + "/1280/800/1" : ""
    }
    Text { text: "words"; font.family: Styles.of("label").fontFamily; color: Styles.of("label").color }
    Rectangle { color: Styles.of("panel").background }
}
"""


def _switched(folder: Path, styles: Styles, more: str) -> float:
    """MiB that the process is larger after 100 switches of the theme, each drawn."""
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QColor, QImage
    from PySide6.QtQml import QQmlComponent
    from PySide6.QtQuick import QQuickItem, QQuickView
    from shiboken6 import delete

    from berth.themes.stack import choose
    from berth.ui.box_pictures import BOXES_PROVIDER, BoxPictures
    from berth.ui.heap import Heap
    from berth.ui.singletons import provide
    from tests.themes.making_fonts import font

    for place, name in enumerate(("one", "two")):
        theme = folder / "themes" / name
        theme.mkdir(exist_ok=True)
        (theme / "theme.toml").write_text(f'id = "{name}"\n')
        (theme / "own.ttf").write_bytes(font())
        picture = QImage(3840, 2160, QImage.Format.Format_RGB32)
        picture.fill(QColor(40 * place, 80, 120))
        picture.save(str(theme / "wall.png"))
        (theme / "style.css").write_text(f":root {{ --color-panel: {('red', 'blue')[place]} }} {more}")
    view = QQuickView()
    view.engine().addImageProvider(BOXES_PROVIDER, BoxPictures(styles.paintings))
    provide(view.engine(), styles)
    heap = Heap(view.engine())
    component = QQmlComponent(view.engine())
    component.setData(_WALLPAPER.encode(), QUrl())
    item = component.create()
    assert isinstance(item, QQuickItem), component.errors()
    view.setContent(QUrl(), component, item)
    view.resize(1280, 800)
    view.show()

    def switch(times: int) -> int:
        for number in range(times):
            choose(folder / "config", ("one", "two")[number % 2])
            styles.reload()
            view.grabWindow()
        heap.tidy()
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    before = switch(20)
    grown = (switch(100) - before) / (1 << 20)
    view.close()
    delete(view)
    return grown


_PAINTED = {
    "a gradient": "background: linear-gradient(45deg, red, lime 30%, blue); border-radius: 12px",
    "a gradient in oklch, with two shadows inside": "background: linear-gradient(in oklch, red, blue);"
    " box-shadow: inset 0 2px 8px black, inset 0 -2px 8px white",
    "four borders with round corners": "border: solid; border-width: 1px 2px 3px 4px; border-color: red lime blue gold;"
    " border-radius: 12px",
    "a shadow, blurred by 8": "box-shadow: 0 2px 8px black",
    "two shadows, blurred by 24 and 60": "box-shadow: 0 6px 24px black, 0 20px 60px black; border-radius: 12px",
}


def _painting() -> None:
    """Processor time for pictures of boxes of 400 x 300, as they are painted when a look is new."""
    from PySide6.QtGui import QGuiApplication

    from berth.themes.engine import Engine
    from berth.themes.sheet import SheetReader
    from berth.ui import boxes, shadows
    from berth.ui.box_pictures import ThemePictures
    from berth.ui.looks import used_values

    application = QGuiApplication.instance()
    assert application is not None
    for name, sheet in _PAINTED.items():
        engine = Engine(SheetReader("style.css").read(f"box {{ {sheet} }}").items)
        values = used_values(engine.style(engine.elements.make("box", engine.elements.make("desktop"))))
        painting = boxes.ground(values) or boxes.shade(values)
        assert painting is not None
        width, height = (min(size, painting.patch or size) for size in (400.0, 300.0))

        def paint(
            _number: int, painting: boxes.Painting = painting, size: tuple[float, float] = (width, height)
        ) -> None:
            shadows.blurred.cache_clear()
            boxes.paint(painting, *size, 1.0, ThemePictures().open)

        _row(f"painted: {name}", _times(paint))


def main() -> None:
    table("themes", "median ms", "95 % ms")
    _engine()
    with tempfile.TemporaryDirectory(prefix="bt-", dir="/tmp") as directory:
        _desktop(Path(directory))


if __name__ == "__main__":
    main()
