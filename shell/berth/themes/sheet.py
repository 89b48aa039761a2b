"""Reads a sheet: https://www.w3.org/TR/css-syntax-3/, with layers, nesting, media, containers and apps.

A `SheetReader` remembers what it has read: when the same file comes again, only the pieces whose text has
changed are parsed, and all other rules stay the same objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import tinycss2

from berth.themes.conditions import ContainerQuery, MediaList, read_container, read_media
from berth.themes.declarations import add_declaration
from berth.themes.findings import ERROR, MOST_FINDINGS, WARNING, Finding, Invalid, nearest
from berth.themes.font_face import read_font_face
from berth.themes.numbers import Token
from berth.themes.rules import (
    Block,
    Chunk,
    Import,
    Keyframe,
    Keyframes,
    LayerName,
    LayerOrder,
    Place,
    Registration,
    Rule,
    Sheet,
)
from berth.themes.selector_grammar import read_selectors
from berth.themes.selectors import Selector
from berth.themes.splitting import Piece, clean, split_rules
from berth.themes.stream import Stream, comma_separated
from berth.themes.supports import supports
from berth.themes.syntax import read_registration

MOST_BYTES = 1 << 20
MOST_RULES = 20_000
_DEEPEST = 16
_AT_RULES = ("media", "container", "layer", "app", "supports", "property", "keyframes", "font-face", "import")
_GROUPS = ("media", "container", "layer", "app", "supports")


class Around(NamedTuple):
    """The rules around a rule."""

    layer: LayerName = ()
    media: tuple[MediaList, ...] = ()
    containers: tuple[ContainerQuery, ...] = ()
    apps: tuple[tuple[str, ...], ...] = ()
    key: str = ""
    """Their text: two pieces of the same text and the same `key` are the same."""


class SheetReader:
    """Reads one file again and again.

    Args:
        file: as findings name it.
        layer: the layer that the sheet as a whole is in; rules of ``@app`` are in `app_layer`.
    """

    def __init__(self, file: str, layer: LayerName = (), app_layer: LayerName | None = None) -> None:
        self.file = file
        self._layer = layer
        self._app_layer = layer if app_layer is None else app_layer
        self._known: dict[tuple[str, str, str | None], list[Chunk]] = {}
        self._fresh: dict[tuple[str, str, str | None], list[Chunk]] = {}
        self._anonymous = 0
        self._unique = 0
        self._rules = 0
        self._errors = 0
        self._outermost = Around()
        self._last: tuple[str, tuple[MediaList, ...], Sheet] | None = None

    def read(self, text: str, media: tuple[MediaList, ...] = ()) -> Sheet:
        """Parse `text`. Never raises: what is wrong is in the findings, and counts for nothing.

        The same text gives the same sheet, which nobody changes.
        """
        if self._last is None or self._last[:2] != (text, media):
            self._last = (text, media, self._read(text, media))
        return self._last[2]

    def _read(self, text: str, media: tuple[MediaList, ...]) -> Sheet:
        self._fresh, self._anonymous, self._rules, self._errors = {}, 0, 0, 0
        sheet = Sheet(self.file)
        if len(text) > MOST_BYTES:
            sheet.findings.append(Finding(ERROR, "sheet-too-large", "The sheet is too large.", "", self.file))
            return sheet
        try:
            self._outermost = Around(self._layer, media)
            self._pieces(clean(text), 1, 0, self._outermost, sheet)
        except _TooMuchWrong as end:
            # It counts for nothing, and nobody reads what else is wrong with it: looking for that takes long.
            sheet.items.clear()
            sheet.findings += _located(end.chunk)
        except Invalid as error:
            sheet.items.clear()
            sheet.findings.append(Finding(ERROR, "sheet-too-deep", _sentence(error.message), error.hint, self.file))
        self._known = self._fresh
        del sheet.findings[MOST_FINDINGS:]
        return sheet

    def _pieces(self, text: str, line: int, column: int, around: Around, sheet: Sheet) -> None:
        """`text` begins in `line`, after `column` characters of it."""
        counted = 0
        for piece in split_rules(text, outermost=around == self._outermost):
            line += text.count("\n", counted, piece.start)
            counted = piece.start
            begun = text.rfind("\n", 0, piece.start) + 1
            self._piece(piece, line, piece.start - begun + (0 if begun else column), around, sheet)
            _check_count(self._rules)

    def _piece(self, piece: Piece, line: int, column: int, around: Around, sheet: Sheet) -> None:
        group = _group_name(piece)
        if group and piece.body is not None:
            chunk = Chunk(self.file)
            chunk.line, chunk.column = line, column
            inner = _Parser(chunk, self).enter(group, piece.prelude, around)
            sheet.findings += _located(chunk)
            sheet.items += chunk.items
            if inner is not None:
                begun = piece.prelude.rfind("\n") + 1
                before = len(piece.prelude) - begun + 1 + (0 if begun else column)
                self._pieces(piece.body, line + piece.prelude.count("\n"), before, inner, sheet)
            return
        chunk = self._chunk(piece, line, column, around)
        self._rules += len(chunk.items)
        sheet.items += chunk.items
        sheet.findings += _located(chunk)

    def _chunk(self, piece: Piece, line: int, column: int, around: Around) -> Chunk:
        key = (around.key, piece.prelude, piece.body)
        same = self._fresh.setdefault(key, [])
        known = self._known.get(key, ())
        if len(same) < len(known):
            chunk = known[len(same)]
        else:
            chunk = Chunk(self.file)
            chunk.line, chunk.column = line, column
            _Parser(chunk, self).piece(piece, around)
        chunk.line, chunk.column = line, column
        same.append(chunk)
        return chunk

    def failed(self, chunk: Chunk) -> None:
        """There is an error more."""
        self._errors += 1
        if self._errors > MOST_FINDINGS:
            raise _TooMuchWrong(chunk)

    def app_layer(self, layer: LayerName) -> LayerName:
        """The layer of rules inside ``@app`` that would else be in `layer`."""
        return (*self._app_layer, *layer[len(self._layer) :])

    def anonymous(self, *, block: bool) -> str:
        """A name for a layer without one. Blocks around rules are counted anew each time, so that they keep theirs."""
        if block:
            self._anonymous += 1
            return f"#{self.file}#{self._anonymous}"
        self._unique += 1
        return f"#{self.file}#inner{self._unique}"


class _TooMuchWrong(Exception):
    """More than `MOST_FINDINGS` errors, the last of them in `chunk`."""

    def __init__(self, chunk: Chunk) -> None:
        super().__init__()
        self.chunk = chunk


def _check_count(rules: int) -> None:
    """Also inside of one piece: a few words between nested rules can make hundreds of each."""
    if rules > MOST_RULES:
        raise Invalid("the sheet has too many rules", f"{MOST_RULES} are the limit.")


def _group_name(piece: Piece) -> str:
    if not piece.prelude.startswith("@"):
        return ""
    word = piece.prelude[1:].split(None, 1)[0].split("(", 1)[0].lower() if len(piece.prelude) > 1 else ""
    return word if word in _GROUPS else ""


def _located(chunk: Chunk) -> list[Finding]:
    """The chunk's findings with lines of the sheet as it is now."""
    return [
        replace(item, line=item.line + chunk.line, column=item.column + (0 if item.line else chunk.column))
        for item in chunk.findings
    ]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '…')) else '.'}"


class _Parser:
    """Parses one piece into its chunk."""

    def __init__(self, chunk: Chunk, reader: SheetReader) -> None:
        self._chunk = chunk
        self._reader = reader
        # Tokens count lines from the start of the text that they were made of.
        self._line = 0
        self._column = 0
        self._outside = False
        self._selectors_read = 0

    # --- findings

    def _wrong(self, code: str, error: Invalid, token: Token = None, severity: str = ERROR) -> None:
        line, column = error.line, error.column
        if not line and token is not None:
            line, column = token.source_line, token.source_column
        line = max(line, 1)
        offset = self._line + line - 1
        column = max(column, 1) + (self._column if line == 1 else 0)
        if len(self._chunk.findings) < MOST_FINDINGS:
            message = _sentence(error.message)
            self._chunk.findings.append(Finding(severity, code, message, error.hint, self._chunk.file, offset, column))
        if severity == ERROR:
            self._reader.failed(self._chunk)

    def _place(self, token: Token) -> Place:
        line = token.source_line
        return Place(self._chunk, self._line + line - 1, token.source_column + (self._column if line == 1 else 0))

    def _into_body(self, prelude: str) -> None:
        lines = prelude.count("\n")
        self._line += lines
        self._column = len(prelude) - (prelude.rfind("\n") + 1) + 1 + (0 if lines else self._column)

    # --- pieces

    def piece(self, piece: Piece, around: Around) -> None:
        tokens = tinycss2.parse_component_value_list(piece.prelude, skip_comments=True)
        if tokens and tokens[0].type == "at-keyword":
            self._at_rule(tokens[0], tokens[1:], piece, around)
        elif piece.body is None:
            message = "there is no block after the selector" if tokens else "this is no rule"
            self._wrong(
                "rule-invalid", Invalid(message, "Write { … } after the selector."), tokens[0] if tokens else None
            )
        else:
            selectors = self._selectors(tokens, None)
            if selectors:
                self._into_body(piece.prelude)
                nodes = tinycss2.parse_blocks_contents(piece.body, skip_comments=True, skip_whitespace=True)
                self._style(selectors, nodes, around, self._chunk_place(piece), 0)

    def _chunk_place(self, piece: Piece) -> Place:
        return Place(self._chunk, 0, 1)

    def _selectors(self, tokens: Sequence[Token], parent: tuple[Selector, ...] | None) -> tuple[Selector, ...]:
        try:
            found = read_selectors(tokens, parent)
        except Invalid as error:
            error.hint = _slip(tokens) or error.hint
            self._wrong("selector-invalid", error, tokens[0] if tokens else None)
            return ()
        self._selectors_read += len(found)
        _check_count(self._selectors_read)
        return found

    # --- style rules

    def _style(
        self, selectors: tuple[Selector, ...], nodes: Sequence[Token], around: Around, place: Place, depth: int
    ) -> None:
        """The declarations and nested rules of a block, in their order."""
        block = Block()
        for node in nodes:
            if node.type == "declaration":
                add_declaration(block, node, self._place(node), self._wrong)
                continue
            if node.type == "error":
                hint = "Write name: value; or selector { … }."
                self._wrong("syntax", Invalid("this is neither a declaration nor a rule", hint), node)
                continue
            if block:
                self._emit(selectors, block, around, place)
                block = Block()
            place = self._nested(selectors, node, around, place, depth + 1)
        if block:
            self._emit(selectors, block, around, place)

    def _emit(self, selectors: tuple[Selector, ...], block: Block, around: Around, place: Place) -> None:
        for selector in selectors:
            rule = Rule(selector, block, around.layer, around.media, around.containers, around.apps, place)
            self._chunk.items.append(rule)
        _check_count(len(self._chunk.items))

    def _nested(self, selectors: tuple[Selector, ...], node: Token, around: Around, place: Place, depth: int) -> Place:
        """A rule inside a rule; returns the place that declarations after it are at."""
        if depth > _DEEPEST:
            self._wrong("nesting", Invalid("rules are nested too deeply", f"{_DEEPEST} levels are the limit."), node)
            return place
        if node.type == "qualified-rule":
            inner = self._selectors(node.prelude, selectors)
            if inner:
                self._style(inner, _contents(node), around, self._place(node), depth)
            return place
        name = node.lower_at_keyword
        if name not in _GROUPS or node.content is None:
            hint = nearest(name, _GROUPS)
            self._wrong("at-rule-unknown", Invalid(f"“@{node.at_keyword}” does not fit inside a rule", hint), node)
            return place
        entered = self._entered(name, node.prelude, around, node)
        if entered is not None:
            self._style(selectors, _contents(node), entered, self._place(node), depth)
        return place

    # --- rules around rules

    def enter(self, group: str, prelude: str, around: Around) -> Around | None:
        """What is around the rules inside ``@media`` and the like; None if they never count."""
        tokens = tinycss2.parse_component_value_list(prelude, skip_comments=True)
        self._outside = True
        found = self._entered(group, tokens[1:], around, tokens[0])
        return None if found is None else found._replace(key=f"{around.key}\n{prelude}\n{found.layer}")

    def _entered(self, group: str, prelude: Sequence[Token], around: Around, at: Token) -> Around | None:
        try:
            if group == "media":
                return around._replace(media=(*around.media, read_media(prelude, self._doubt)))
            if group == "container":
                return around._replace(containers=(*around.containers, read_container(prelude, self._doubt)))
            if group == "supports":
                return around if supports(prelude) else None
            if group == "app":
                patterns = _app_patterns(prelude)
                return around._replace(
                    apps=(*around.apps, patterns),
                    layer=around.layer if around.apps else self._reader.app_layer(around.layer),
                )
            names = _layer_names(prelude)
            if len(names) > 1:
                raise Invalid("a block belongs to one layer")
            name = (*around.layer, *(names[0] if names else (self._reader.anonymous(block=self._outside),)))
            self._chunk.items.append(LayerOrder((name,), around.media))
            return around._replace(layer=name)
        except Invalid as error:
            self._wrong(f"{group}-invalid", error, at)
            return None

    def _doubt(self, error: Invalid) -> None:
        """A condition that is not understood is no error: a newer desktop may know it."""
        self._wrong("condition-unknown", error, severity=WARNING)

    # --- other at-rules

    def _at_rule(self, keyword: Token, prelude: Sequence[Token], piece: Piece, around: Around) -> None:
        name = keyword.lower_value
        try:
            if name == "layer":
                names = tuple((*around.layer, *names) for names in _layer_names(prelude))
                self._chunk.items.append(LayerOrder(names, around.media))
            elif name == "charset":
                pass
            elif name == "import" and piece.body is None:
                self._import(prelude, around, keyword)
            elif name == "property" and piece.body is not None:
                self._property(prelude, piece, around)
            elif name == "keyframes" and piece.body is not None:
                self._keyframes(prelude, piece, around)
            elif name == "font-face" and piece.body is not None:
                self._font_face(prelude, piece, around, keyword)
            elif name in _AT_RULES:
                raise Invalid(f"“@{name}” is not complete", "" if piece.body is not None else "It needs a block.")
            else:
                raise Invalid(f"“@{keyword.value}” is not known", nearest(name, _AT_RULES))
        except Invalid as error:
            code = "at-rule-unknown" if name not in _AT_RULES else f"{name}-invalid"
            if not error.line:
                self._line = self._column = 0
            self._wrong(code, error, keyword)

    def _import(self, prelude: Sequence[Token], around: Around, at: Token) -> None:
        stream = Stream(prelude, at)
        token = stream.peek()
        source = stream.function("url", "src")
        path = Stream(source.arguments).string() if source is not None else stream.string()
        if path is None and token is not None and token.type == "url":
            path = stream.next().value
        if not path:
            raise stream.fail(hint='Expected a file of the theme, like "controls.css".')
        if around.containers or around.apps or around.key:
            raise Invalid("@import stands outside of all blocks")
        layer: LayerName | None = None
        if stream.word("layer"):
            layer = (self._reader.anonymous(block=False),)
        elif (named := stream.function("layer")) is not None:
            names = _layer_names(named.arguments)
            layer = names[0] if len(names) == 1 else None
        rest = stream.tokens[stream.place :]
        media = (*around.media, read_media(rest, self._doubt)) if rest else around.media
        full = None if layer is None else (*around.layer, *layer)
        self._chunk.items.append(Import(path, full, media, self._place(at)))

    def _property(self, prelude: Sequence[Token], piece: Piece, around: Around) -> None:
        name = Stream(prelude)
        token = name.next()
        if token is None or token.type != "ident" or not token.value.startswith("--") or not name.done():
            raise Invalid("@property needs a name that begins with two dashes")
        place = self._place(token)
        self._into_body(piece.prelude)
        tokens = tinycss2.parse_component_value_list(piece.body or "", skip_comments=True)
        registered = read_registration(token.value, tokens)
        self._chunk.items.append(Registration(registered, around.media, place))

    def _font_face(self, prelude: Sequence[Token], piece: Piece, around: Around, at: Token) -> None:
        if not Stream(prelude).done():
            raise Stream(prelude).fail("@font-face has no name; the family stands in its block")
        if around.containers or around.apps:
            raise Invalid("@font-face stands outside of @container and @app")
        place = self._place(at)
        self._into_body(piece.prelude)
        tokens = tinycss2.parse_component_value_list(piece.body or "", skip_comments=True)
        self._chunk.items.append(read_font_face(tokens, around.media, place))

    def _keyframes(self, prelude: Sequence[Token], piece: Piece, around: Around) -> None:
        stream = Stream(prelude)
        token = stream.next()
        if token is None or token.type not in ("ident", "string") or not stream.done():
            raise Invalid("@keyframes needs a name")
        place = self._place(token)
        self._into_body(piece.prelude)
        frames: list[Keyframe] = []
        for node in tinycss2.parse_blocks_contents(piece.body or "", skip_comments=True, skip_whitespace=True):
            if node.type != "qualified-rule":
                self._wrong("keyframes-invalid", Invalid("a keyframe is expected here", "Like 50% { … }."), node)
                continue
            frames += self._keyframe(node)
        frames.sort(key=lambda frame: frame.offset)
        self._chunk.items.append(Keyframes(token.value, tuple(frames), around.layer, around.media, place))

    def _keyframe(self, node: Token) -> Iterator[Keyframe]:
        offsets = []
        for part in comma_separated(node.prelude):
            stream = Stream(part, node)
            word = stream.word("from", "to")
            read = None if word else stream.number("percentage")
            offset = {"from": 0.0, "to": 1.0}.get(word or "", read[0].value / 100 if read else -1)  # type: ignore[union-attr]
            if not stream.done() or not 0 <= offset <= 1:
                self._wrong("keyframes-invalid", Invalid("a keyframe is from, to or 0% to 100%"), node)
                return
            offsets.append(offset)
        block = Block()
        for inner in _contents(node):
            if inner.type == "declaration" and not inner.important:
                add_declaration(block, inner, self._place(inner), self._wrong)
            else:
                self._wrong("keyframes-invalid", Invalid("only plain declarations fit in a keyframe"), inner)
        yield from (Keyframe(offset, block) for offset in offsets)


def _slip(prelude: Sequence[Token]) -> str:
    """What stands before a selector by mistake."""
    if [token.value for token in prelude[:2] if token.type == "literal"] == ["/", "/"]:
        return "Comments are written /* … */."
    closes = bool(prelude) and prelude[0].type == "error" and prelude[0].kind in "})]"
    return "This bracket closes nothing." if closes else ""


def _contents(node: Token) -> Sequence[Token]:
    found: Sequence[Token] = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
    return found


def _layer_names(prelude: Sequence[Token]) -> tuple[LayerName, ...]:
    """``base, controls.buttons``. Raises `Invalid`."""
    if all(token.type == "whitespace" for token in prelude):
        return ()
    found = []
    for part in comma_separated(prelude):
        tokens = Stream(part).tokens
        names = tokens[::2]
        dots = tokens[1::2]
        if (
            len(tokens) % 2 == 0
            or any(token.type != "ident" for token in names)
            or any(token.type != "literal" or token.value != "." for token in dots)
        ):
            at = part[0] if part else None
            where = (at.source_line, at.source_column) if at is not None else (0, 0)
            raise Invalid("a layer's name is expected here", "Like controls or controls.buttons.", *where)
        if len(names) > _DEEPEST:
            raise Invalid("layers are nested too deeply", "", tokens[0].source_line, tokens[0].source_column)
        found.append(tuple(token.value for token in names))
    return tuple(found)


def _app_patterns(prelude: Sequence[Token]) -> tuple[str, ...]:
    """``org.mozilla.firefox, "org.kde.*"``. Raises `Invalid`."""
    patterns = []
    for part in comma_separated(prelude):
        tokens = Stream(part).tokens
        text = "".join(token.value if token.type in ("string", "ident") else token.serialize() for token in tokens)
        if not text or any(character.isspace() for character in text):
            raise Invalid("@app needs ids of apps", 'Like org.mozilla.firefox or "org.kde.*".')
        patterns.append(text)
    return tuple(patterns)
