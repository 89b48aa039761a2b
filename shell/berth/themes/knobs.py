"""What users may adjust of a theme: its ``@property`` rules that have a label.

What is chosen is kept in a sheet for this theme alone, ``adjusted/THEME.css`` beside the user's own sheet, as
declarations of the root. The theme stays as its author made it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

import tinycss2

from berth.core.problem import Problem
from berth.themes.colors import BLACK, Color, resolve
from berth.themes.computed import Style
from berth.themes.drafts import Drafts
from berth.themes.engine import Engine
from berth.themes.findings import Invalid
from berth.themes.provenance import Explained
from berth.themes.source import SourceText, check_value
from berth.themes.stack import Stack
from berth.themes.syntax import Registered
from berth.themes.units import Number
from berth.themes.values import Text, Value, css
from berth.themes.vocabulary import ROOT, element_at

MOST = 40
"""Knobs of a theme; nobody turns more, and a stranger's theme could have thousands."""
MOST_LABEL = 60
_MOST_CHOICES = 12
_MOST_WORD = 24
_MOST_STEPS = 1000
_MOST_TEXT = 200
_USUAL_STEPS = 100
_BLOCK = (":root",)
_NAME = re.compile(r"--[A-Za-z0-9_-]{1,60}")
_PLAIN = re.compile(r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)")
_MEASURES = ("length", "number", "percentage", "integer", "angle", "time")
_FILES = ("image", "url")
"""What the user writes names no files: a theme's folder is not the user's."""


class Knob(NamedTuple):
    """One thing that can be adjusted.

    Attributes:
        control: ``slider``, ``color``, ``choice`` or ``text``.
        label: the author's words for it, one line without what would steer a terminal or a direction.
        unit: of a slider.
        choices: words of a choice.
    """

    registered: Registered
    control: str
    label: str
    least: float = 0
    most: float = 0
    step: float = 0
    unit: str = ""
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.registered.name

    def written(self, text: str) -> str:
        """What a sheet says for what a user has typed. Raises `Invalid` if that is no value of the knob."""
        text = text.strip()
        if len(text) > _MOST_TEXT or not text.isprintable():
            raise Invalid("this is too long, or not one line of text")
        if [choice.type for choice in self.registered.choices] == ["string"]:
            return css(Text(text))
        if self.unit and _PLAIN.fullmatch(text):
            text += self.unit
        check_value(self.name, text)
        value = self.registered.read(tinycss2.parse_component_value_list(text, skip_comments=True))
        if self.control == "slider":
            self._check_range(value)
        return text

    def _check_range(self, value: Value) -> None:
        words = f"From {self.said(self.least)} to {self.said(self.most)}."
        if not isinstance(value, Number) or (value.unit != self.unit and value.value):
            raise Invalid("this is no number" + (f" in {self.unit}" if self.unit else ""), words)
        if not self.least <= value.value <= self.most:
            raise Invalid(f"{self.said(value.value)} is out of range", words)

    def said(self, number: float) -> str:
        """A number as users read and write it."""
        return f"{_decimal(number)}{self.unit}"

    def shown(self, value: Value, scheme: str) -> str:
        """A value as users read and write it; colours as ``#rrggbb``, with two digits more if they let through."""
        if isinstance(value, str):
            return str(value)
        if isinstance(value, Number):
            return f"{_decimal(value.value)}{value.unit}"
        if self.control == "color":
            color = resolve(value, scheme, BLACK)
            return _hex(color) if isinstance(color, Color) else css(value)
        return css(value)


class Setting(NamedTuple):
    """A knob as it stands.

    Attributes:
        value: as `Knob.shown`.
        standard: what it is where nobody has adjusted it.
        number: of a slider.
    """

    knob: Knob
    value: str
    standard: str
    number: float
    changed: bool


def knob_of(registered: Registered) -> Knob | None:
    """The knob of a registered property; None if it has no label, or is of a kind that nobody can turn."""
    label = clean_words(registered.label)
    if not label or not _NAME.fullmatch(registered.name) or not registered.choices:
        return None
    plain = Knob(registered, "text", label)
    choices = registered.choices
    if any(choice.list or choice.type in _FILES for choice in choices):
        return None
    if all(choice.word and len(choice.word) <= _MOST_WORD for choice in choices) and 1 < len(choices) <= _MOST_CHOICES:
        return plain._replace(control="choice", choices=tuple(choice.word for choice in choices))
    if len(choices) > 1:
        return plain
    if choices[0].type == "color":
        return plain._replace(control="color")
    return _slider(plain, choices[0].type)


def _slider(plain: Knob, kind: str) -> Knob:
    least, most, step = plain.registered.least, plain.registered.most, plain.registered.step
    value = plain.registered.initial
    if kind not in _MEASURES or least is None or most is None or not isinstance(value, Number):
        return plain
    span = most - least
    if not (math.isfinite(span) and span > 0):
        return plain
    wanted = step if step is not None and step > 0 else 1 if kind == "integer" else span / _USUAL_STEPS
    unit = value.unit
    return plain._replace(
        control="slider", least=least, most=most, step=min(max(wanted, span / _MOST_STEPS), span), unit=unit
    )


def clean_words(text: str) -> str:
    """One line of a stranger's words, of bounded length."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * MOST_LABEL])
    words = " ".join(plain.split())
    return words if len(words) <= MOST_LABEL else f"{words[: MOST_LABEL - 1]}…"


def _decimal(number: float) -> str:
    return f"{round(number, 4) or 0.0:.4f}".rstrip("0").rstrip(".")


def _hex(color: Color) -> str:
    parts = [round(max(0.0, min(1.0, part)) * 255) for part in color.srgb()]
    shown = parts if parts[3] < 255 else parts[:3]
    return "#" + "".join(f"{part:02x}" for part in shown)


class Adjustments:
    """The knobs of the theme in use, and what the user has made of them.

    A change is shown by whoever reads `stack` again; until `keep` no file is touched.

    Args:
        engine: of the rules that `stack` has read.
    """

    def __init__(self, stack: Stack, engine: Engine) -> None:
        self._stack = stack
        self._engine = engine
        self._drafts = Drafts(stack.tried)

    def knobs(self) -> list[Knob]:
        """In the order of the theme's sheets. Those of the default theme under another one are not that one's."""
        folder = self._stack.theme
        known = [item for item in self._engine.registrations.values() if _is_inside(item.place.file, str(folder))]
        found = (knob_of(item.registered) for item in known)
        return [knob for knob in found if knob is not None][:MOST]

    def settings(self) -> list[Setting]:
        style = self._engine.style(element_at(self._engine.elements, ROOT))
        own = str(self._stack.adjusted)
        changed = self._changed()
        shipped = Explained([rule for rule in style.rules if rule.place.file != own])
        return [self._setting(knob, style, shipped, knob.name in changed) for knob in self.knobs()]

    def _setting(self, knob: Knob, style: Style, shipped: Explained, changed: bool) -> Setting:
        custom = style.customs.get(knob.name)
        value = knob.registered.initial if custom is None else custom.value
        number = value.value if knob.control == "slider" and isinstance(value, Number) else knob.least
        standard = _standard(knob, shipped)
        return Setting(knob, knob.shown(value, style.scheme), knob.shown(standard, style.scheme), number, changed)

    def knob(self, name: str) -> Knob:
        """Raises `Problem` ``property-unknown``."""
        knobs = {knob.name: knob for knob in self.knobs()}
        if name not in knobs:
            there = ", ".join(name.removeprefix("--") for name in knobs)
            hint = f"There are: {there}." if there else "It has nothing that can be adjusted."
            raise Problem("property-unknown", f"The theme has no “{name.removeprefix('--')}” to adjust.", hint)
        return knobs[name]

    # --- changing

    def change(self, name: str, text: str) -> None:
        """Show another value. Raises `Invalid` if it is none, `Problem` if the sheet cannot be read."""
        knob, sheet = self.knob(name), self._stack.adjusted
        if sheet is None:
            return
        before = self._drafts.text(sheet)
        after = SourceText(before).with_declaration(_BLOCK, knob.name, knob.written(text))
        if after != before:
            self._drafts.change(sheet, after)

    def reset(self, names: Iterable[str]) -> None:
        """Show these as the theme has them. Raises as `change`."""
        sheet = self._stack.adjusted
        if sheet is None:
            return
        before = self._drafts.text(sheet)
        after = SourceText(before).without_declarations(_BLOCK, set(names))
        self._drafts.change(sheet, "" if _is_bare(after) else after)

    @property
    def pending(self) -> bool:
        return self._drafts.pending

    def keep(self) -> None:
        """Write what is shown. Raises `Problem`; then it is as in the file again."""
        try:
            for path in self._drafts.write():
                if path.stat().st_size == 0:
                    path.unlink()
        except OSError as error:
            raise Problem("write-failed", f"The sheet could not be written: {error.strerror}.") from None
        finally:
            self._drafts.drop()

    def forget(self) -> None:
        """Show what is in the file."""
        self._drafts.drop()

    def _changed(self) -> Collection[str]:
        sheet = self._stack.adjusted
        try:
            return SourceText(self._drafts.text(sheet)).names(_BLOCK) if sheet is not None else ()
        except Problem:
            return ()


def _standard(knob: Knob, shipped: Explained) -> Value:
    line = shipped.origin(knob.name)
    if line is None or line.declaration.wide:
        return knob.registered.initial
    try:
        return knob.registered.read(line.declaration.tokens)
    except Invalid:
        return knob.registered.initial


def _is_inside(file: str, folder: str) -> bool:
    return file.startswith(f"{folder}/")


def _is_bare(text: str) -> bool:
    """Whether nothing is left but the block that was made for the first change."""
    return re.fullmatch(r"\s*(?::root\s*\{\s*\}\s*)?", text) is not None
