"""What a frame costs before there is any desktop: programs that do only what Berth cannot do without.

``window`` shows a picture in a Qt Quick window and changes rows of it sixty times a second; ``ping`` wakes
up as often, asks another process and waits for its answer. Both print how often, one JSON number for each
line that they read.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import socket
import sys
import time

RATE = 60


def window(width: int, height: int, rows: int) -> None:
    """With the renderer and the settings of the ui, and nothing else of it."""
    from PySide6.QtCore import QRectF, QSocketNotifier, Qt, QTimer
    from PySide6.QtGui import QGuiApplication, QImage
    from PySide6.QtQuick import QQuickItem, QQuickWindow, QSGNode, QSGTransformNode

    from berth.ui import renderer

    renderer.prepare_environment()
    application = QGuiApplication(["bare"])
    renderer.select("software")
    shown = QQuickWindow()
    shown.resize(1920, 1080)
    images = [QImage(width, height, QImage.Format.Format_RGB32) for _ in range(2)]
    for image in images:
        image.fill(0x606060)
    textures = [shown.createTextureFromImage(image) for image in images]

    class Item(QQuickItem):
        def __init__(self) -> None:
            super().__init__(shown.contentItem())
            self.setFlag(QQuickItem.Flag.ItemHasContents)
            self.setSize(shown.size())
            self.parts = [shown.createImageNode() for _ in range(0, height, rows)]

        def updatePaintNode(self, node: QSGNode | None, _data: object) -> QSGNode:  # type: ignore[override]
            if node is not None:
                return node
            root = QSGTransformNode()
            for i, part in enumerate(self.parts):
                part.setTexture(textures[0])
                part.setRect(QRectF(0, i * rows, width, rows))
                part.setSourceRect(QRectF(0, i * rows, width, rows))
                root.appendChildNode(part)
            return root

    item = Item()
    frames = 0

    def draw() -> None:
        nonlocal frames
        if shown.isExposed():
            frames += 1
            item.parts[frames % len(item.parts)].setTexture(textures[frames % 2])
            shown.update()

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.setInterval(round(1000 / RATE))
    timer.timeout.connect(draw)
    asked = QSocketNotifier(0, QSocketNotifier.Type.Read)
    asked.activated.connect(lambda: _answer(frames) or application.quit())
    shown.show()
    timer.start()
    application.exec()


def ping() -> None:
    ours, theirs = socket.socketpair()
    if not os.fork():
        ours.close()
        poll = select.epoll()
        poll.register(theirs.fileno(), select.EPOLLIN)
        try:
            while poll.poll() and (said := theirs.recv(4096)):
                theirs.send(said)
        finally:
            os._exit(0)
    theirs.close()
    poll = select.epoll()
    poll.register(ours.fileno(), select.EPOLLIN)
    poll.register(0, select.EPOLLIN)
    rounds, due = 0, time.monotonic()
    while True:
        ready = poll.poll(max(due - time.monotonic(), 0))
        if time.monotonic() >= due:
            due += 1 / RATE
            ours.send(bytes(100))
        for fd, _events in ready:
            if fd:
                ours.recv(4096)
                rounds += 1
            elif not _answer(rounds):
                return


def _answer(count: int) -> bool:
    """Tell the number; false if nobody asks any more."""
    if not os.read(0, 1):
        return False
    sys.stdout.write(json.dumps(count) + "\n")
    sys.stdout.flush()
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("window", "ping"))
    parser.add_argument("size", type=int, nargs="*", help="width, height, and the rows that change")
    options = parser.parse_args()
    window(*options.size) if options.what == "window" else ping()


if __name__ == "__main__":
    main()
