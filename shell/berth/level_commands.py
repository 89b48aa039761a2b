"""``berth volume`` and ``berth brightness``: what the keys for them do, and more exactly."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Literal

from berth.commands import ask
from berth.core import messages as m
from berth.core.problem import Problem
from berth.output import as_builtins, print_json

COMMANDS = ("volume", "brightness")
_CHANGE = re.compile(r"(?P<sign>[+-]?)(?P<number>[0-9]{1,3})%?")
_LOUDEST = 150
_MUTES: dict[str, Literal["on", "off", "toggle"]] = {"mute": "on", "unmute": "off", "toggle": "toggle"}


def plain_numbers(words: Sequence[str]) -> list[str]:
    """argparse takes ``-5`` for a number, and ``-5%`` for an option."""
    if not any(word in COMMANDS for word in words[:4]):
        return list(words)
    return [word[:-1] if re.fullmatch(r"-[0-9]{1,3}%", word) else word for word in words]


def volume(options: argparse.Namespace) -> int:
    what: Literal["volume", "microphone"] = "microphone" if options.microphone else "volume"
    if options.change in _MUTES:
        request = m.ChangeVolume(what, mute=_MUTES[options.change])
    else:
        request = m.ChangeVolume(what, *_change(options.change, _LOUDEST, "berth volume +5%, 40%, mute or toggle"))
    return _print(options, ask(options, request))


def brightness(options: argparse.Namespace) -> int:
    change = _change(options.change, 100, "berth brightness +5% or 40%")
    return _print(options, ask(options, m.ChangeBrightness(*change)))


def _change(text: str, most: int, example: str) -> tuple[int, int]:
    """By how much, and to what; -1 = not to anything."""
    if not text:
        return 0, -1
    match = _CHANGE.fullmatch(text)
    if match is None or int(match["number"]) > (most if not match["sign"] else 100):
        raise Problem("usage", f"“{text[:40]}” is no change.", f"For example: {example}")
    number = int(match["number"])
    return (0, number) if not match["sign"] else (-number if match["sign"] == "-" else number, -1)


def _print(options: argparse.Namespace, level: m.Result) -> int:
    assert isinstance(level, m.Level)
    if options.json:
        print_json(as_builtins(level))
    else:
        sys.stdout.write(f"{level.percent} %{' (off)' if level.muted else ''}\n")
    return 0
