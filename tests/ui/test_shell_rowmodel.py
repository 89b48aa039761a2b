"""The list model against Qt's own checker: any sequence of changes is announced correctly."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from berth.ui.rowmodel import RowModel


class Item(msgspec.Struct, frozen=True):
    key: int
    long_name: str = ""
    parts: tuple[str, ...] = ()


ITEMS = st.builds(Item, st.integers(0, 7), st.sampled_from("abc"))
LISTS = st.lists(ITEMS, max_size=8)


class Mirror:
    """A list that follows the model's signals alone, as a view does."""

    def __init__(self, model: RowModel[Item]) -> None:
        self.model = model
        self.rows: list[object] = [item.key for item in model]
        self.changes: list[str] = []
        model.rowsInserted.connect(self._inserted)
        model.rowsRemoved.connect(self._removed)
        model.rowsMoved.connect(self._moved)
        model.dataChanged.connect(self._changed)

    def _key(self, place: int) -> object:
        return self.model.data(self.model.index(place), _role(self.model, "key"))

    def _inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.changes.append("insert")
        self.rows[first:first] = [self._key(place) for place in range(first, last + 1)]

    def _removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.changes.append("remove")
        del self.rows[first : last + 1]

    def _moved(self, _from: QModelIndex, first: int, _last: int, _to: QModelIndex, target: int) -> None:
        self.changes.append("move")
        row = self.rows.pop(first)
        self.rows.insert(target if target < first else target - 1, row)

    def _changed(self, _first: QModelIndex, _last: QModelIndex, _roles: list[int]) -> None:
        self.changes.append("change")


def _role(model: RowModel[Item], name: str) -> int:
    return next(role for role, known in model.roleNames().items() if bytes(known.data()).decode() == name)


def checked() -> tuple[RowModel[Item], QAbstractItemModelTester]:
    model = RowModel(Item, "key")
    return model, QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)


@given(LISTS, LISTS)
def test_replacing_leads_from_any_rows_to_any_others(first: list[Item], second: list[Item]) -> None:
    model, _tester = checked()
    mirror = Mirror(model)
    for rows in (first, second):
        model.replace(rows)
        expected = {item.key: item for item in rows}
        assert {item.key: item for item in model} == expected
        assert mirror.rows == [item.key for item in model]
        assert len(model) == model.count == model.rowCount() == len(expected)
    mirror.changes.clear()
    model.replace(second)
    assert mirror.changes == []


@given(LISTS, st.lists(st.tuples(st.sampled_from(["put", "remove", "change", "keep"]), ITEMS)))
def test_single_changes(start: list[Item], steps: list[tuple[str, Item]]) -> None:
    model, _tester = checked()
    mirror = Mirror(model)
    model.replace(start)
    expected = {item.key: item for item in model}
    for step, item in steps:
        if step == "put":
            model.put(item)
            expected[item.key] = item
        elif step == "remove":
            model.remove(item.key)
            expected.pop(item.key, None)
        elif step == "change":
            model.change(item.key, long_name=item.long_name)
            if item.key in expected:
                expected[item.key] = msgspec.structs.replace(expected[item.key], long_name=item.long_name)
        else:
            model.keep(lambda row, key=item.key: row.key >= key)
            expected = {key: row for key, row in expected.items() if key >= item.key}
        assert list(model) == list(expected.values())
        assert mirror.rows == [row.key for row in model]


def test_a_row_that_changes_stays_where_it_is() -> None:
    model, _tester = checked()
    model.replace([Item(1), Item(2), Item(3)])
    mirror = Mirror(model)
    model.replace([Item(1), Item(2, "new"), Item(3)])
    assert mirror.changes == ["change"]


def test_one_row_that_moves_is_one_move() -> None:
    model, _tester = checked()
    model.replace([Item(1), Item(2), Item(3), Item(4)])
    mirror = Mirror(model)
    model.replace([Item(4), Item(1), Item(2), Item(3)])
    assert mirror.changes == ["move"]


def test_roles_are_in_camel_case_and_tuples_become_lists() -> None:
    model, _tester = checked()
    model.put(Item(1, "x", ("a", "b")))
    assert {bytes(name.data()).decode() for name in model.roleNames().values()} == {"key", "longName", "parts"}
    assert model.data(model.index(0), _role(model, "parts")) == ["a", "b"]
    assert model.data(model.index(5), _role(model, "parts")) is None
    assert model.data(model.index(0), 1) is None
