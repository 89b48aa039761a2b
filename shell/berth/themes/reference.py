"""The page of all that a theme can name, made from the code so that it is right."""

from __future__ import annotations

from collections.abc import Iterator

from berth.themes.app_icons import PROPERTY as APP_ICONS
from berth.themes.bars import WORDS as BARS
from berth.themes.conditions import CONTAINER_RANGES
from berth.themes.cursors import PROPERTIES as POINTERS
from berth.themes.environment import FEATURES, RANGES
from berth.themes.icons import PROPERTIES as ICONS
from berth.themes.logical import NAMES as LOGICAL
from berth.themes.properties import PROPERTIES
from berth.themes.selectors import STATES
from berth.themes.shorthands import SHORTHANDS
from berth.themes.sounds import SOUNDS
from berth.themes.syntax import TYPES
from berth.themes.token_schema import SCHEMA, property_name
from berth.themes.values import css
from berth.themes.vocabulary import ATTRIBUTES, KINDS, VERSION, WORDS


def page() -> str:
    """Markdown."""
    return "\n".join(_lines()) + "\n"


def element_picture(name: str) -> str:
    """The file in ``docs/pictures`` that shows an element with its classes and states."""
    return f"element-{name}.png"


def token_picture(group: str) -> str:
    """The file in ``docs/pictures`` that shows the tokens of a group."""
    return f"tokens-{group}.png"


def pictures() -> dict[str, set[str]]:
    """All that the page shows, and what has to be in each: the element, ``.class`` and ``:state``; or tokens."""
    elements = {
        element_picture(name): {name, *(f".{one}" for one in kind.classes), *(f":{one}" for one in kind.states)}
        for name, kind in KINDS.items()
    }
    return elements | {token_picture(group): set(names) for group, names in SCHEMA.items()}


def _lines() -> Iterator[str]:
    yield "# What can a theme name?"
    yield ""
    yield f"Made by `berth theme reference`. Version {VERSION} of the vocabulary: names are added, never changed."
    yield ""
    yield from _elements()
    yield from _tokens()
    yield from _bars()
    yield from _pointers()
    yield from _properties()
    yield from _conditions()


def _elements() -> Iterator[str]:
    yield "## Elements"
    yield ""
    yield "| element | what it is | inside of | classes | states | attributes |"
    yield "|---|---|---|---|---|---|"
    for name, kind in KINDS.items():
        inside = ", ".join(f"`{other}`" for other in kind.inside) or "-"
        classes = " ".join(f"`.{item}`" for item in kind.classes) or "-"
        states = " ".join(f"`:{item}`" for item in kind.states) or "-"
        attributes = " ".join(f"`[{item}]`" for item in kind.attributes) or "-"
        yield f"| [`{name}`](#{name}) | {kind.summary} | {inside} | {classes} | {states} | {attributes} |"
    yield ""
    yield f"States that selectors know: {', '.join(f'`:{name}`' for name in sorted(STATES))}; beside them `:root`,"
    yield "`:first-child`, `:last-child`, `:only-child`, `:nth-child()`, `:nth-last-child()`, `:first-of-type`,"
    yield "`:nth-of-type()`, `:is()`, `:where()`, `:not()`, `:has()` and `::part()`."
    yield "On the screen each element is an only child."
    yield ""
    for name, meaning in ATTRIBUTES.items():
        yield from _attribute(name, meaning)
    yield "In the default theme, light and dark, each with its classes and states:"
    yield ""
    for name in KINDS:
        yield f"### {name}"
        yield ""
        yield f"![The element {name}, light and dark](pictures/{element_picture(name)})"
        yield ""


def _attribute(name: str, meaning: str) -> Iterator[str]:
    words = WORDS.get(name)
    if words is None:
        yield f"`[{name}]` is {meaning}."
        yield ""
        return
    yield f'`[{name}]` is {meaning}: words, to be asked for as `[{name}~="{next(iter(words))}"]`.'
    yield ""
    yield "| word | is there while |"
    yield "|---|---|"
    for word, when in words.items():
        yield f"| `{word}` | {when} |"
    yield ""


def _tokens() -> Iterator[str]:
    yield "## Tokens"
    yield ""
    yield "The pictures have the values of the default theme."
    yield ""
    for group, names in SCHEMA.items():
        yield f"### Tokens: {group}"
        yield ""
        yield f"![The tokens of {group}](pictures/{token_picture(group)})"
        yield ""
        yield "| token | in a sheet | without any theme |"
        yield "|---|---|---|"
        for name, value in names.items():
            yield f"| `{group}.{name}` | `{property_name(f'{group}.{name}')}` | `{value}` |"
        yield ""


def _bars() -> Iterator[str]:
    yield "## Bars"
    yield ""
    yield "Custom properties of the root, each one word; the first is what holds without a theme."
    yield ""
    yield "| property | words |"
    yield "|---|---|"
    for name, words in BARS.items():
        yield f"| `{name}` | {', '.join(f'`{word}`' for word in words)} |"
    yield ""


def _pointers() -> Iterator[str]:
    yield "## Pointers"
    yield ""
    yield "Custom properties of the root: `url(…)` and the two numbers of the hot spot; all are `--cursor-size` large."
    yield ""
    yield f"{', '.join(f'`{name}`' for name in POINTERS)}."
    yield ""
    yield "## Symbols"
    yield ""
    yield "Custom properties of the root, each `url(…)` of a shape."
    yield ""
    yield f"{', '.join(f'`{name}`' for name in ICONS)}."
    yield ""
    yield "## Icons for apps"
    yield ""
    yield f"`{APP_ICONS}` of the root: `url(…)` of the `index.theme` of an icon theme, or the name of one as a text."
    yield ""
    yield "## Sounds"
    yield ""
    yield "Custom properties of the root, each `url(…)` of a WAV or Ogg Vorbis file, or `none`."
    yield ""
    yield "| sound | is played when |"
    yield "|---|---|"
    for name, when in SOUNDS.items():
        yield f"| `--sound-{name}` | {when} |"
    yield ""


def _properties() -> Iterator[str]:
    yield "## Properties"
    yield ""
    yield "All of them are parsed, cascaded and computed as in a browser. The desktop draws those with a star."
    yield ""
    yield "| property | inherited | initial |"
    yield "|---|---|---|"
    for name, item in PROPERTIES.items():
        star = " *" if is_drawn(name) else ""
        yield f"| `{name}`{star} | {'yes' if item.inherited else 'no'} | `{css(item.initial)}` |"
    yield ""
    yield f"Shorthands: {', '.join(f'`{name}`' for name in SHORTHANDS)}, `all`."
    yield ""
    yield "With sides for beginnings and ends, by the direction of the element:"
    yield f"{', '.join(f'`{name}`' for name in LOGICAL)}."
    yield ""
    types = ", ".join(f"`<{name}>`" for name in TYPES)
    yield f"Types of `@property`: {types}, words, `|`, `+`, `#` and `*`."
    yield "Beside `syntax`, `inherits` and `initial-value` it takes `label`, `range` and `step`."
    yield ""


def _conditions() -> Iterator[str]:
    yield "## Conditions"
    yield ""
    yield "| `@media` feature | values |"
    yield "|---|---|"
    for name, words in FEATURES.items():
        yield f"| `{name}` | {', '.join(f'`{word}`' for word in words)} |"
    for name, kind in RANGES.items():
        yield f"| `{name}`, `min-{name}`, `max-{name}` | a {kind}, also as `({name} > …)` |"
    yield ""
    yield f"`@container` knows {', '.join(f'`{name}`' for name in CONTAINER_RANGES)} and `orientation`."
    yield "What is asked has a `container-type`, and one alone asks for what it is inside of."
    yield "`@supports` takes declarations, `selector(…)`, `not`, `and` and `or`."
    yield "`@app` takes ids of apps, with `*` for any part of one."


_DRAWN = (
    *("background-color", "color", "opacity", "visibility", "font-family", "font-size", "font-weight", "font-style"),
    *("letter-spacing", "box-shadow", "color-scheme", "transform", "translate", "rotate", "scale"),
    *("padding-left", "padding-right", "line-height", "text-transform", "text-shadow"),
    *("filter", "backdrop-filter"),
)
_DRAWN_GROUPS = ("background-", "border-", "outline-", "transition-", "animation-")


def is_drawn(name: str) -> bool:
    """Whether the shell draws the property; the others are computed and wait."""
    return name in _DRAWN or name.startswith(_DRAWN_GROUPS)
