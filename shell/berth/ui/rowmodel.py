"""The one list model: typed rows with a key, changed as little as a view allows.

Views keep their delegates, focus and animations only where a model says exactly what
changed, so every change here is an insertion, a removal, a move or a few roles of one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

import msgspec
from PySide6.QtCore import (
    Property,
    QAbstractListModel,
    QByteArray,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtQml import QmlAnonymous

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

Row = TypeVar("Row", bound=msgspec.Struct)
_Index = QModelIndex | QPersistentModelIndex
_FIRST_ROLE = int(Qt.ItemDataRole.UserRole) + 1


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@QmlAnonymous
class RowList(QAbstractListModel):
    """What QML sees of a `RowModel` (Qt classes cannot be generic)."""

    countChanged = Signal()

    def _count(self) -> int:
        return self.rowCount()

    count = Property(int, _count, notify=countChanged)


class RowModel(RowList, Generic[Row]):
    """Rows of one frozen struct type; each field is a role, in camel case.

    Args:
        kind: the struct type of the rows.
        key: the field that identifies a row; unique and never changed.
    """

    def __init__(self, kind: type[Row], key: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fields = [field.name for field in msgspec.structs.fields(kind)]
        self._key = key
        self._rows: list[Row] = []
        self._roles = {_FIRST_ROLE + i: QByteArray(_camel(name).encode()) for i, name in enumerate(self._fields)}

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: object) -> Row | None:
        place = self._find(key)
        return None if place < 0 else self._rows[place]

    def put(self, row: Row) -> None:
        """Replace the row with the same key where it is, or append it."""
        place = self._find(self._key_of(row))
        if place < 0:
            self._insert(len(self._rows), row)
        else:
            self._update(place, row)

    def change(self, key: object, **fields: Any) -> None:
        """Set `fields` of the row with `key`; nothing happens if there is none."""
        row = self.get(key)
        if row is not None:
            self.put(msgspec.structs.replace(row, **fields))

    def remove(self, key: object) -> None:
        """Remove the row with `key`, if there is one."""
        place = self._find(key)
        if place >= 0:
            self._remove(place)

    def keep(self, wanted: Callable[[Row], bool]) -> None:
        """Remove the rows that are not `wanted`."""
        for place in reversed(range(len(self._rows))):
            if not wanted(self._rows[place]):
                self._remove(place)

    def replace(self, rows: Iterable[Row]) -> None:
        """Become `rows`, in this order, with as few changes as possible; of equal keys the last counts."""
        target = list({self._key_of(row): row for row in rows}.values())
        keys = {self._key_of(row) for row in target}
        self.keep(lambda row: self._key_of(row) in keys)
        for place, row in enumerate(target):
            if place < len(self._rows) and self._key_of(self._rows[place]) == self._key_of(row):
                self._update(place, row)  # as it is nearly always: no search in hundreds of rows, for each of them
                continue
            old = self._find(self._key_of(row))
            if old < 0:
                self._insert(place, row)
                continue
            if old != place:
                self._move(old, place)
            self._update(place, row)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        field = role - _FIRST_ROLE
        if not (index.isValid() and 0 <= index.row() < len(self._rows) and 0 <= field < len(self._fields)):
            return None
        value = getattr(self._rows[index.row()], self._fields[field])
        return list(value) if isinstance(value, tuple) else value

    def roleNames(self) -> dict[int, QByteArray]:
        return self._roles

    def _key_of(self, row: Row) -> object:
        return getattr(row, self._key)

    def _find(self, key: object) -> int:
        return next((place for place, row in enumerate(self._rows) if self._key_of(row) == key), -1)

    def _insert(self, place: int, row: Row) -> None:
        self.beginInsertRows(QModelIndex(), place, place)
        self._rows.insert(place, row)
        self.endInsertRows()
        self.countChanged.emit()

    def _remove(self, place: int) -> None:
        self.beginRemoveRows(QModelIndex(), place, place)
        del self._rows[place]
        self.endRemoveRows()
        self.countChanged.emit()

    def _move(self, old: int, new: int) -> None:
        self.beginMoveRows(QModelIndex(), old, old, QModelIndex(), new if new < old else new + 1)
        self._rows.insert(new, self._rows.pop(old))
        self.endMoveRows()

    def _update(self, place: int, row: Row) -> None:
        before = self._rows[place]
        if before == row:
            return
        roles = [_FIRST_ROLE + i for i, name in enumerate(self._fields) if getattr(before, name) != getattr(row, name)]
        if roles:
            self._rows[place] = row
            index = self.index(place)
            self.dataChanged.emit(index, index, roles)
