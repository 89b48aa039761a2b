"""Boxes of a sheet drawn side by side, by Chromium and by the shell.

``python -m tests.themes.boxes FOLDER CONFIG FILE BOX...`` writes the shell's picture with OpenGL, from a process of
its own: the renderer is chosen once in each.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtQml import QQmlEngine
from PySide6.QtQuick import QQuickItem, QQuickView, QQuickWindow, QSGRendererInterface

from berth.themes.stack import choose
from berth.ui.box_pictures import BOXES_PROVIDER, BoxPictures
from berth.ui.singletons import provide
from berth.ui.styles import Styles
from berth.ui.tokens import Tokens
from tests.themes.browser import Browser

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 120, 80
CELL = 200
COLUMNS = 6
KEYFRAMES = """
@keyframes blink { from { opacity: 1 } 40% { opacity: 0.2; animation-timing-function: steps(4) } }
@keyframes turn { to { transform: rotate(1turn) translateX(20px) } }
@keyframes paint { from { background-color: red } 50% { background-color: oklch(0.7 0.2 200); border-color: lime } }
@keyframes grow { 20% { scale: 0.5; translate: 10% 0 } 80%, to { scale: 1.2 1; rotate: 45deg } }
"""
_QML = """
import QtQuick
import "{components}"
Item {{
    readonly property Item backdrop: behind
    Rectangle {{
        id: behind
        anchors.fill: parent
        Row {{
            visible: {striped}
            Repeater {{
                model: {columns} * 10
                Rectangle {{ required property int index; width: 20; height: 2000; color: index % 2 ? "white" : "red" }}
            }}
        }}
    }}
    Repeater {{
        model: {count}
        Box {{
            required property int index
            property string situation
            element: "x.b" + index + situation
            width: {width}
            height: {height}
            x: index % {columns} * {cell} + ({cell} - {width}) / 2
            y: Math.floor(index / {columns}) * {cell} + ({cell} - {height}) / 2
        }}
    }}
}}
"""


def sheet(boxes: Sequence[str]) -> str:
    """Each of `boxes` is the declarations of one."""
    return "x { color: black }" + KEYFRAMES + "".join(f".b{number} {{ {box} }}" for number, box in enumerate(boxes))


def size(boxes: Sequence[str]) -> tuple[int, int]:
    return COLUMNS * CELL, -(-len(boxes) // COLUMNS) * CELL


def place(number: int) -> tuple[int, int, int, int]:
    """The square around a box."""
    return number % COLUMNS * CELL, number // COLUMNS * CELL, CELL, CELL


def by_chromium(browser: Browser, boxes: Sequence[str], folder: Path) -> QImage:
    """`folder` holds the pictures that the sheet names."""
    width, height = size(boxes)
    browser.environment(width, height)
    page = "<!doctype html><style>body { margin: 0; background: white }"
    page += f"x {{ position: absolute; display: block; box-sizing: border-box; width: {WIDTH}px; height: {HEIGHT}px }}"
    page += sheet(boxes) + "</style>"
    for number in range(len(boxes)):
        x, y, _width, _height = place(number)
        left, top = x + (CELL - WIDTH) / 2, y + (CELL - HEIGHT) / 2
        page += f'<x class="b{number}" style="left: {left}px; top: {top}px"></x>'
    file = folder / "page.html"
    file.write_text(page)
    browser.call("Page.enable")
    browser.call("Page.navigate", url=file.as_uri())
    while not browser.evaluate("document.readyState == 'complete' && document.styleSheets.length == 1"):
        pass
    browser.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
    data = browser.call("Page.captureScreenshot", format="png")["data"]
    return QImage.fromData(base64.b64decode(data)).convertToFormat(QImage.Format.Format_RGB32)


class Shown:
    """The same boxes as `Box` items of the shell; the theme's folder holds pictures."""

    def __init__(
        self,
        boxes: Sequence[str],
        folder: Path,
        config: Path,
        motion: str = "",
        *,
        effects: bool = False,
        striped: bool = False,
    ) -> None:
        (folder / "theme.toml").write_text(f'id = "{folder.name}"\n')
        (folder / "style.css").write_text(sheet(boxes))
        choose(config, folder.name)
        self.problems: list[str] = []
        self.tokens = Tokens([ROOT / "themes/default/tokens.json"], scheme="light", motion=motion)
        self.engine = QQmlEngine()
        self.styles = Styles(
            self.tokens,
            [folder.parent, ROOT / "themes"],
            config,
            lambda problem: self.problems.append(problem.message),
            effects=effects,
        )
        self.engine.addImageProvider(BOXES_PROVIDER, BoxPictures(self.styles.paintings))
        provide(self.engine, self.tokens, self.styles)
        self.view = QQuickView(self.engine, None)
        self.view.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
        self.view.resize(*size(boxes))
        text = _QML.format(
            components=(ROOT / "qml/components").as_uri(),
            count=len(boxes),
            width=WIDTH,
            height=HEIGHT,
            cell=CELL,
            columns=COLUMNS,
            striped=str(striped).lower(),
        )
        file = config / "boxes.qml"
        file.write_text(text)
        self.view.setSource(QUrl.fromLocalFile(str(file)))
        assert self.view.status() == QQuickView.Status.Ready, self.view.errors()
        self.view.show()

    def restyle(self, boxes: Sequence[str]) -> None:
        (self.styles.stack.theme / "style.css").write_text(sheet(boxes))
        self.styles.reload()

    def boxes(self) -> list[QQuickItem]:
        found = [item for item in self.view.rootObject().childItems() if item.property("element") is not None]
        return sorted(found, key=lambda item: int(item.property("index")))

    def picture(self) -> QImage:
        return self.view.grabWindow().convertToFormat(QImage.Format.Format_RGB32)

    def close(self) -> None:
        self.view.setSource(QUrl())
        self.view.close()
        self.view.deleteLater()
        self.engine.deleteLater()
        self.styles.deleteLater()


def distance(one: QImage, two: QImage, number: int) -> tuple[float, float]:
    """How far two pictures are apart around a box: on average, and the share of pixels that differ clearly."""
    x, y, width, height = place(number)
    first, second = (bytes(image.copy(x, y, width, height).constBits()) for image in (one, two))
    apart = [abs(a - b) for a, b in zip(first, second, strict=True)]
    worst = [max(apart[at : at + 3]) for at in range(0, len(apart), 4)]
    return sum(apart) / len(apart), sum(1 for value in worst if value > 24) / len(worst)


def main() -> None:
    folder, config, file, *boxes = sys.argv[1:]
    QQuickWindow.setGraphicsApi(QSGRendererInterface.GraphicsApi.OpenGL)
    application = QGuiApplication(["boxes"])
    shown = Shown(
        boxes, Path(folder), Path(config), effects="filter" in boxes[0], striped="backdrop-filter" in boxes[0]
    )
    while not shown.view.isExposed():
        application.processEvents()
    assert shown.view.rendererInterface().graphicsApi() == QSGRendererInterface.GraphicsApi.OpenGL
    picture = shown.picture()
    assert picture.save(file)
    if boxes[0].startswith("filter"):
        # Filters that go leave what they were on, and may come again.
        shown.restyle(["background: teal"] * len(boxes))
        corners = [place(number)[:2] for number in range(len(boxes))]
        middles = {shown.picture().pixelColor(x + CELL // 2, y + CELL // 2).name() for x, y in corners}
        assert middles == {"#008080"}, middles
        shown.restyle(boxes)
        assert shown.picture() == picture
    shown.close()


if __name__ == "__main__":
    main()
