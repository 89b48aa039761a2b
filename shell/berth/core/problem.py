"""Errors that a person can read: one sentence on what is wrong, one hint on what mends it."""

from __future__ import annotations


class Problem(Exception):
    """A failure a user may see.

    Raised low, turned into a message at one boundary per process (command line,
    link reply, notice in the desktop).

    Args:
        code: stable kebab-case identifier for programs, e.g. ``image-missing``.
        message: one clear sentence for people.
        hint: what to do about it, one sentence; may be empty.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()
