"""A surface's picture as a stack of nodes, so that the software renderer paints again only what has changed.

That renderer's unit of repainting is a node. A large surface is cut into horizontal bands, each
with its own; a change of a line of text repaints one of them. A band that has not changed keeps
showing the slot that it was last drawn from, where its pixels are still the right ones: the
display server writes into a slot only what differs. Should it do so just while such a band is
painted anew for the sake of something above it, some of the band's pixels are those of the next
frame, which is painted right after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtQuick import QSGImageNode, QSGNode, QSGTexture, QSGTransformNode

from berth.core.messages import Rect

_BANDS = 12
_LEAST_PIXELS = 1 << 16
"""Smaller bands would cost more than they save."""


class Bands:
    """The node `root` and the texture nodes below it.

    Args:
        new_node: makes a node of the window's renderer. A `QSGSimpleTextureNode` would be neither
            smoothed nor mirrored by the software one.
    """

    def __init__(self, new_node: Callable[[], QSGImageNode]) -> None:
        # Of a plain node the renderer forgets the place, so that nodes that come later would lie elsewhere.
        self.root = QSGTransformNode()
        self._new_node = new_node
        self._nodes: list[QSGImageNode] = []
        self._owners: list[object] = []
        self._rows = 0  # of a band, in pixels of the buffer
        self._used = 0

    def divide(self, count: int) -> None:
        """Use `count` nodes; `show` has to follow, then `lay_out`."""
        while len(self._nodes) < count:
            self._nodes.append(self._new_node())
            self._owners.append(None)
        self._used = count
        self._rows = 0  # until they are laid out, all of them need a texture

    def lay_out(
        self,
        place: QRectF,
        source: QRectF,
        filtering: QSGTexture.Filtering,
        turn: QSGImageNode.TextureCoordinatesTransformFlag,
    ) -> None:
        """Show the part `source` of the buffer at `place`; the nodes have textures."""
        self._rows = -(-int(source.height()) // self._used) if self._used > 1 else 0
        for i, node in enumerate(self._nodes):
            node.setFiltering(filtering)
            node.setTextureCoordinatesTransform(turn)
            part = self._part(i, source)
            scale = place.height() / max(source.height(), 1)
            node.setRect(place.x(), place.y() + (part.y() - source.y()) * scale, place.width(), part.height() * scale)
            node.setSourceRect(part)
        # The renderer looks at a node as soon as it is in the tree: it must have its texture by then.
        for node in self._nodes[self.root.childCount() :]:
            self.root.appendChildNode(node)

    def _part(self, i: int, source: QRectF) -> QRectF:
        if self._used == 1:
            return source if i == 0 else QRectF(0, 0, source.width(), 0)
        top = min(i * self._rows, source.height()) if i < self._used else source.height()
        bottom = min(top + self._rows, source.height())
        return QRectF(source.x(), source.y() + top, source.width(), bottom - top)

    def show(self, owner: object, texture: QSGTexture, damage: Sequence[Rect]) -> None:
        """Paint what `damage`, in pixels of the buffer, touches from `texture`, which lives as long as `owner`."""
        for i in self._touched(damage):
            self._nodes[i].setTexture(texture)
            # The old texture may go only now that the node no longer points to it.
            self._owners[i] = owner

    def repaint(self) -> None:
        """The textures have other pixels."""
        for node in self._nodes:
            node.markDirty(QSGNode.DirtyStateBit.DirtyMaterial)

    def _touched(self, damage: Sequence[Rect]) -> Sequence[int]:
        if self._rows == 0:
            return range(len(self._nodes))
        touched: set[int] = set()
        for _x, y, _width, height in damage:
            touched.update(range(y // self._rows, min((y + height - 1) // self._rows + 1, self._used)))
        return tuple(touched)


def band_count(width: int, height: int) -> int:
    """Into how many bands a buffer of that size is cut."""
    return max(min(_BANDS, width * height // _LEAST_PIXELS, height), 1)
