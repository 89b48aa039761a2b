"""Control sequences in what a program writes to a terminal: which of them a terminal gets, and what a log keeps.

A terminal that Berth lends belongs to somebody else than the program in it, so the program cannot read or change the
clipboard through it. What else such sequences do (titles, colours, reports to the program itself) stays in its window.

Source: ECMA-48; https://invisible-island.net/xterm/ctlseqs/ctlseqs.html (OSC 52).
"""

from __future__ import annotations

import re

_SKIPPED = rb"[\x00-\x06\x08-\x17\x19\x1c-\x1f\x7f]"
"""Characters that terminals read over inside of a sequence."""
_OBEYED = rb"[\x00-\x17\x19\x1c-\x1f\x7f]"
"""Those that they obey between an escape and what follows, which still follows it."""
_CLIPBOARD = re.compile(
    rb"\x1b%b*\](?:%b|0)*(?:5%b*2%b*(?:;|(?=[\x07\x18\x1a\x1b]))|[1-9](?:%b*[0-9]){4})"
    % (_OBEYED, _SKIPPED, _SKIPPED, _SKIPPED, _SKIPPED)
)
"""Numbers of five digits name nothing, and where a terminal counts with 32 bits they can come out as 52."""
_BEGUN = re.compile(
    rb"\x1b%b*(?:\](?:%b|0)*(?:[1-9](?:%b*[0-9]){0,3}%b*)?)?\Z" % (_OBEYED, _SKIPPED, _SKIPPED, _SKIPPED)
)
_END = re.compile(rb"[\x07\x18\x1a\x1b]")
_NOTHING = b"\x1b\\"
"""Stands where a sequence was: what had begun before it must not go on after it."""
_ANY = re.compile(
    rb"\x1b\[[0-?]*[ -/]*[@-~]"
    rb"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    rb"|\x1b[ -/]*[0-Z\\`-~]"
    rb"|[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]"
)
_UNFINISHED = re.compile(rb"(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)|\r)\Z")
_LONGEST = 4096


class ClipboardFilter:
    """Takes the sequences of the clipboard (OSC 52) out of a stream, however it is cut into pieces."""

    def __init__(self) -> None:
        self._begun = b""
        self._inside = False

    def feed(self, data: bytes) -> bytes:
        data, self._begun = self._begun + data, b""
        kept: list[bytes] = []
        while data:
            if self._inside:
                end = _END.search(data)
                if end is None:
                    return b"".join(kept)
                # An escape may begin something else; with a backslash it ends this one, and is nothing by itself.
                data = data[end.start() if end[0] == b"\x1b" else end.end() :]
                self._inside = False
            found = _CLIPBOARD.search(data)
            if found is None:
                break
            kept += data[: found.start()], _NOTHING
            data, self._inside = data[found.end() :], True
        begun = _BEGUN.search(data)
        if begun is not None:
            data = data[: begun.start()]
            # What is skipped is left out, so that this stays a few bytes.
            self._begun = re.sub(rb"\]0+", b"]0", re.sub(_OBEYED, b"", begun[0]))
        return b"".join(kept) + data


class PlainText:
    """Lines as people read them, for a log."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, data: bytes) -> bytes:
        data, self._begun = self._begun + data, b""
        unfinished = _UNFINISHED.search(data[-_LONGEST:])
        if unfinished is not None:
            cut = max(len(data) - _LONGEST, 0) + unfinished.start()
            data, self._begun = data[:cut], data[cut:]
        return re.sub(rb"\r+\n?", b"\n", _ANY.sub(b"", data))
