"""Writes the type description of the QML module ``Berth`` from the running classes.

``pyside6-metaobjectdump`` reads the source text and misses properties that are made in a
loop, such as the tokens; the meta object that QML itself uses misses nothing.

``python -m tests.qml.qmltypes FOLDER``, a process of its own: importing every module would put the
real singletons in the place of those that tests use.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QMetaMethod, QMetaProperty, QObject

import berth.ui

MODULE = "Berth"
_KINDS = {QMetaMethod.MethodType.Signal: "Signal", QMetaMethod.MethodType.Slot: "Method"}


def write_module(folder: Path) -> None:
    """Create ``folder/Berth`` with a qmldir and the type description."""
    target = folder / MODULE
    target.mkdir()
    (target / "qmldir").write_text(f"module {MODULE}\ntypeinfo berth.qmltypes\ndepends QtQuick\n")
    components = "\n".join(_component(kind) for kind in _kinds())
    (target / "berth.qmltypes").write_text(f"import QtQuick.tooling 1.2\n\nModule {{\n{components}\n}}\n")


def _kinds() -> list[type[QObject]]:
    """Every QObject class of the user interface, base classes first."""
    for module in pkgutil.iter_modules(berth.ui.__path__):
        if module.name != "__main__":
            importlib.import_module(f"berth.ui.{module.name}")
    return sorted(set(_ours(QObject)), key=lambda kind: (len(kind.__mro__), kind.__name__))


def _ours(kind: type[QObject]) -> Iterator[type[QObject]]:
    for sub in kind.__subclasses__():
        if sub.__module__.startswith("berth.ui"):
            yield sub
        yield from _ours(sub)


def _component(kind: type[QObject]) -> str:
    meta = kind.staticMetaObject
    decorators = _decorators(kind)
    base = meta.superClass()
    lines = [f'name: "{meta.className()}"', 'accessSemantics: "reference"']
    if base is not None:
        lines.append(f'prototype: "{base.className()}"')
    if "@QmlElement" in decorators:
        lines += [f'exports: ["{MODULE}/{kind.__name__} 1.0"]', "exportMetaObjectRevisions: [256]"]
        if "@QmlSingleton" in decorators:
            lines += ["isCreatable: false", "isSingleton: true"]
    lines += [_property(meta.property(i)) for i in range(meta.propertyOffset(), meta.propertyCount())]
    lines += [_method(meta.method(i)) for i in range(meta.methodOffset(), meta.methodCount())]
    return "Component {\n" + "\n".join(lines) + "\n}"


def _decorators(kind: type[QObject]) -> list[str]:
    """How the class was registered; the meta object does not tell. Classes made in a loop are anonymous."""
    try:
        lines = inspect.getsource(kind).splitlines()
    except OSError:
        return []
    return list(itertools.takewhile(lambda line: line.startswith("@"), lines))


def _property(prop: QMetaProperty) -> str:
    name = prop.typeName()
    parts = [f'name: "{prop.name()}"', f'type: "{name.removesuffix("*")}"']
    if name.endswith("*"):
        parts.append("isPointer: true")
    if not prop.isWritable():
        parts.append("isReadonly: true")
    if prop.isConstant():
        parts.append("isPropertyConstant: true")
    if prop.hasNotifySignal():
        parts.append(f'notify: "{_text(prop.notifySignal().name())}"')
    return f"Property {{ {'; '.join(parts)} }}"


def _method(method: QMetaMethod) -> str:
    kind = _KINDS.get(method.methodType())
    if kind is None:
        return ""
    parts = [f'name: "{_text(method.name())}"']
    if method.typeName() not in ("", "void"):
        parts.append(f'type: "{method.typeName()}"')
    names = method.parameterNames()
    for i, parameter in enumerate(method.parameterTypes()):
        parts.append(f'Parameter {{ name: "{_text(names[i]) or f"a{i}"}"; type: "{_text(parameter)}" }}')
    return f"{kind} {{\n" + "\n".join(parts) + "\n}"


def _text(value: object) -> str:
    return bytes(value).decode() if not isinstance(value, str) else value


if __name__ == "__main__":
    write_module(Path(sys.argv[1]))
