"""Whose signatures of images are trusted: the keys, and which images each is for."""

from __future__ import annotations

import argparse
from pathlib import Path

from berth import commands
from berth.core import messages as m
from berth.core.problem import Problem
from berth.engine.images.trust import MAX_KEY
from berth.output import as_builtins, print_json, print_table

_SHOWN = 16


def keys(options: argparse.Namespace) -> int:
    _print(options, commands.ask(options, m.ListKeys()))
    return 0


def add(options: argparse.Namespace) -> int:
    try:
        with Path(options.file).open("rb") as file:
            pem = file.read(MAX_KEY + 1).decode()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Problem("key-invalid", f"{options.file} cannot be read: {why}.", "Name a file like cosign.pub.") from None
    commands.ask(options, m.AddKey(options.key, pem, options.pattern, options.require))
    return 0


def _print(options: argparse.Namespace, result: m.Result) -> None:
    assert isinstance(result, m.Keys)
    if options.json:
        print_json(as_builtins(result.keys))
        return
    rows = [
        (key.name, key.pattern, "required" if key.required else "shown", key.kind, key.fingerprint[:_SHOWN])
        for key in result.keys
    ]
    print_table(("KEY", "FOR", "SIGNATURE", "KIND", "FINGERPRINT"), rows)
