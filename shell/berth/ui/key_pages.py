"""The pages of the on-screen keyboard: which keys lie beside and below each other.

Letters come from the session's keymap; signs that are the same everywhere are listed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from berth.ui.key_levels import KeyLevels

Page = Literal["letters", "symbols", "more", "digits"]
Purpose = Literal[
    "normal", "search", "digits", "number", "phone", "url", "email", "password", "pin", "date", "time", "terminal"
]

_NUMBERS, _UPPER, _HOME, _LOWER = tuple(range(2, 14)), tuple(range(16, 28)), tuple(range(30, 41)), tuple(range(44, 54))
_GRAVE, _BACKSLASH, _LESS = 41, 43, 86
_SYMBOLS = ("1234567890", "@#€_&-+()/", "*\"':;!?")
_MORE = ("~`|•√π÷×§¶", "£$¥^°={}\\", "%©®™<>[]")
_DIGITS: dict[Purpose, str] = {"phone": "+*#", "number": "-.,", "date": "/-.", "time": ":.-"}
"""What stands beside the digits, from above."""
_BESIDE_SPACE: dict[Purpose, str] = {"email": "@", "url": "/"}
_NUMERIC: tuple[Purpose, ...] = ("digits", "number", "phone", "pin", "date", "time")
_HIDDEN_TEXT, _PIN = 0x40 | 0x80, 9
_PURPOSES: dict[int, Purpose] = {
    2: "digits",
    3: "number",
    4: "phone",
    5: "url",
    6: "email",
    8: "password",
    _PIN: "pin",
    10: "date",
    11: "time",
    12: "time",
    13: "terminal",
}
"""Of zwp_text_input_v3; a date with a time has all of ``time``."""
_PERIOD = "."
_WIDE_ROW = 15.0
_LARGE = 1.5
_SPACE = 57


class Key(NamedTuple):
    """A key of a page.

    Args:
        key: its name, the same wherever the key is.
        labels: what is written on it, by level.
        code: of the key that stands for it, where it is one of the keymap; evdev.
        does: ``level`` types what the keymap has, ``text`` its label; ``press`` is held down as long as the finger is;
            ``hold`` is a modifier; ``shift``, ``page``, ``group`` and ``hide`` change the keyboard.
        symbol: in the place of words.
        kind: its class for themes.
        width: in those of a letter.
        to: the page that it leads to.
    """

    key: str
    labels: tuple[str, ...] = ()
    code: int = 0
    does: Literal["level", "text", "press", "hold", "shift", "page", "group", "hide"] = "level"
    symbol: str = ""
    kind: str = ""
    width: float = 1.0
    to: Page = "letters"


Row = tuple[Key, ...]


class Wish(NamedTuple):
    """What the rows are for.

    Args:
        wide: whether there is room for all keys of a real keyboard.
        command: whether Escape, Tab, Ctrl, Alt and arrows are wanted on a narrow one.
        enter: words on the key that ends the line, a symbol without.
    """

    group: int = 0
    page: Page = "letters"
    purpose: Purpose = "normal"
    wide: bool = False
    command: bool = False
    enter: str = ""


_BACKSPACE = Key("backspace", code=14, does="press", symbol="backspace", kind="modifier", width=_LARGE)
_SHIFT = Key("shift", code=42, does="shift", symbol="shift", kind="modifier", width=_LARGE)
_ESCAPE = Key("escape", ("Esc",), 1, "press", kind="modifier")
_TAB = Key("tab", ("Tab",), 15, "press", kind="modifier")
_CONTROL = Key("control", ("Ctrl",), 29, "hold", kind="modifier")
_ALT = Key("alt", ("Alt",), 56, "hold", kind="modifier")
_ALT_GR = Key("altgr", ("AltGr",), 100, "hold", kind="modifier")
_LEFT = Key("left", code=105, does="press", symbol="arrowLeft", kind="modifier")
_DOWN = Key("down", code=108, does="press", symbol="arrowDown", kind="modifier")
_UP = Key("up", code=103, does="press", symbol="arrowUp", kind="modifier")
_RIGHT = Key("right", code=106, does="press", symbol="arrowRight", kind="modifier")
_GLOBE = Key("group", does="group", symbol="globe", kind="modifier")
_HIDE = Key("hide", does="hide", symbol="keyboardHide", kind="modifier")


def purpose_of(number: int, hints: int) -> Purpose:
    """A content purpose of zwp_text_input_v3, which may also be told by the hints."""
    if hints & _HIDDEN_TEXT and number != _PIN:
        return "password"
    return _PURPOSES.get(number, "normal")


def start_page(purpose: Purpose) -> Page:
    """The page that a text field of that purpose begins with."""
    return "digits" if purpose in _NUMERIC else "letters"


def rows(levels: KeyLevels, wish: Wish) -> tuple[Row, ...]:
    """The keys of a page, from above."""
    words, symbol = ((wish.enter,), "") if wish.enter else ((), "enter")
    enter = Key("enter", words, 28, "press", symbol, "action", _LARGE)
    if wish.page == "digits":
        found = list(_digits(wish, enter))
    elif wish.page in ("symbols", "more"):
        found = list(_symbols(wish, levels, enter))
    elif wish.wide:
        return tuple(_wide(levels, wish, enter))
    else:
        found = list(_narrow(levels, wish, enter))
    if wish.command:
        commands = (_ESCAPE, _TAB, _CONTROL, _ALT, _LEFT, _DOWN, _UP, _RIGHT)
        found.insert(0, _spread(commands, _widest(found)))
    return tuple(found)


# --- letters


def _narrow(levels: KeyLevels, wish: Wish, enter: Key) -> Iterator[Row]:
    upper, home, lower = (tuple(_letters(levels, wish.group, codes)) for codes in (_UPPER, _HOME, _LOWER))
    across = max(len(upper), len(home), len(lower) + 2.0)
    yield upper
    yield home
    yield _stretch((_SHIFT, *lower, _BACKSPACE), across, "shift", "backspace")
    yield _stretch(_last_row(levels, wish, enter, "symbols"), across, "space")


def _letters(levels: KeyLevels, group: int, codes: Iterable[int]) -> Iterator[Key]:
    return (key for key in _characters(levels, group, codes) if levels.is_letter(key.code, group))


def _characters(levels: KeyLevels, group: int, codes: Iterable[int]) -> Iterator[Key]:
    for code in codes:
        labels = levels.labels(code, group)
        if labels:
            yield Key(f"k{code}", labels, code)


def _wide(levels: KeyLevels, wish: Wish, enter: Key) -> Iterator[Row]:
    group = wish.group

    def keys(*codes: int) -> tuple[Key, ...]:
        return tuple(_characters(levels, group, codes))

    upper, home = (*keys(*_UPPER),), (*keys(*_HOME),)
    lower = (*keys(*_less(levels, group), *_LOWER),)
    right = _SHIFT._replace(key="rightshift")
    yield _stretch((*keys(_GRAVE, *_NUMBERS), _BACKSPACE), _WIDE_ROW, "backspace")
    yield _stretch((_TAB, *upper, *keys(_BACKSLASH)), _WIDE_ROW, "tab")
    yield _stretch((_ESCAPE, *home, enter), _WIDE_ROW, "escape", "enter")
    yield _stretch((_SHIFT, *lower, right), _WIDE_ROW, "shift", "rightshift")
    third = (_ALT_GR,) if levels.has_third_level(group) else ()
    first = (_to("symbols", "&123"), _CONTROL, _ALT, *_globe(levels))
    last = (*third, _LEFT, _DOWN, _UP, _RIGHT, _HIDE)
    yield _stretch((*first, *_beside(wish), _space(levels, group), *last), _WIDE_ROW, "space")


def _less(levels: KeyLevels, group: int) -> tuple[int, ...]:
    """The key that only some keyboards have, if it makes what no other one does."""
    labels = levels.labels(_LESS, group)
    others = (_GRAVE, *_NUMBERS, *_UPPER, *_HOME, _BACKSLASH, *_LOWER)
    elsewhere = {label for code in others for label in levels.labels(code, group)}
    return (_LESS,) if labels and labels[0] not in elsewhere else ()


# --- signs


def _symbols(wish: Wish, levels: KeyLevels, enter: Key) -> Iterator[Row]:
    first, second, third = _SYMBOLS if wish.page == "symbols" else _MORE
    other = _to("more", "=\\<") if wish.page == "symbols" else _to("symbols", "?123")
    across = float(len(first))
    yield tuple(_texts(first))
    yield tuple(_texts(second))
    yield _stretch((other, *_texts(third), _BACKSPACE), across, other.key, "backspace")
    yield _stretch(_last_row(levels, wish, enter, "letters"), across, "space")


def _digits(wish: Wish, enter: Key) -> Iterator[Row]:
    beside = [_text(sign) for sign in _DIGITS.get(wish.purpose, "")]
    one, two, three = ([beside[n]] if n < len(beside) else [] for n in range(3))
    backspace, end = _BACKSPACE._replace(width=1.0), enter._replace(width=1.0)
    letters = () if wish.purpose in ("pin", "digits") else (_to("letters", "ABC")._replace(width=1.0),)
    yield (*_texts("123"), *one, backspace)
    yield (*_texts("456"), *two, end)
    yield (*_texts("789"), *three, _HIDE)
    across = 4.0 + bool(beside)
    yield _stretch((*letters, _text("0")), across, "t0")


def _texts(texts: str) -> Iterator[Key]:
    return map(_text, texts)


def _text(text: str) -> Key:
    return Key(f"t{text}", (text,), does="text")


# --- the row with the space bar


def _last_row(levels: KeyLevels, wish: Wish, enter: Key, other: Page) -> Row:
    name = "ABC" if other == "letters" else "?123"
    beside = _beside(wish) or (_text(","),)
    space = _space(levels, wish.group)
    return (_to(other, name), *_globe(levels), *beside, space, _text(_PERIOD), _HIDE, enter)


def _beside(wish: Wish) -> Row:
    sign = _BESIDE_SPACE.get(wish.purpose)
    return (_text(sign),) if sign else ()


def _to(page: Page, label: str) -> Key:
    return Key(f"page-{page}", (label,), does="page", kind="modifier", width=_LARGE, to=page)


def _globe(levels: KeyLevels) -> Row:
    return (_GLOBE,) if len(levels.groups) > 1 else ()


def _space(levels: KeyLevels, group: int) -> Key:
    """It says which layout there is where there are several."""
    name = levels.groups[group] if len(levels.groups) > 1 else ""
    return Key("space", (name,), _SPACE, "press", kind="space", width=3.0)


# --- widths


def _widest(found: Sequence[Row]) -> float:
    return max(sum(key.width for key in row) for row in found)


def _spread(keys: Row, across: float) -> Row:
    return tuple(key._replace(width=across / len(keys)) for key in keys)


def _stretch(keys: Row, across: float, *names: str) -> Row:
    """Let the keys of these names share what the row is shorter, or longer, than `across`."""
    least = {key.key: min(key.width, 1.0) for key in keys}
    missing = (across - sum(key.width for key in keys)) / len(names)
    return tuple(
        key._replace(width=max(key.width + missing, least[key.key])) if key.key in names else key for key in keys
    )
