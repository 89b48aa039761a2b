"""Apps from a registry: what an image would become is shown first, then it is fetched."""

from __future__ import annotations

import argparse
import shlex
import sys

from berth import commands
from berth.core import messages as m
from berth.core.image_reference import is_registry_reference, parse_reference
from berth.core.problem import Problem
from berth.output import print_fields, print_json, size_text


def run(options: argparse.Namespace) -> int:
    """Start an app; a reference is fetched if nothing was under that name before."""
    if is_registry_reference(options.app):
        options.app = _fetched(options, options.app, here=True)
    try:
        return commands.run_app(options)
    except Problem as problem:
        if problem.code != "unknown-app" or not (reference := _meant(options.app)):
            raise
        hint = f"{problem.hint}\nAn image of a registry has a slash in its name: berth run {reference}"
        raise Problem(problem.code, problem.message, hint) from None


def _meant(name: str) -> str:
    """The image that Docker would take `name` for, "" if it is more like an app's id, which has dots."""
    try:
        return "" if "." in name.partition(":")[0] else str(parse_reference(name))
    except Problem:
        return ""


def pull(options: argparse.Namespace) -> int:
    if not options.what:
        raise Problem("usage", "Which image?", "For example: berth images pull docker.io/library/debian:12")
    app = _fetched(options, options.what, here=False)
    if options.json:
        print_json({"app": app})
    else:
        print(app, file=sys.stdout)
    return 0


def _fetched(options: argparse.Namespace, reference: str, here: bool) -> str:
    """The app of an image that is here now, as it was shown: its digest is part of what is fetched."""
    found = commands.ask(options, m.LookAtImage(reference, here))
    assert isinstance(found, m.RegistryImage)
    if found.present:
        if not here:
            print(f"{reference} is here already, as new as it gets.", file=sys.stderr)
        return found.app
    if not options.yes:
        _confirm(found)
    pulled = commands.ask_showing_progress(options, m.PullImage(found.reference))
    assert isinstance(pulled, m.Pulled)
    return pulled.app


def _confirm(found: m.RegistryImage) -> None:
    """Raises `Problem` ``not-confirmed``."""
    if not sys.stdin.isatty():
        raise Problem("not-confirmed", "Nothing was fetched.", "Say yes on a terminal, or add --yes.")
    print_fields(
        (
            ("Image", found.reference),
            ("To fetch", size_text(found.size)),
            ("Signature", signature_text(found.signature)),
            *_about(found),
        )
    )
    if input("Fetch it and make it an app? [y]es, [N]o: ").strip().lower()[:1] != "y":
        raise Problem("not-confirmed", "Nothing was fetched.")


def signature_text(signature: m.Signature) -> str:
    """In words, "" if nothing is known of one."""
    match signature.state:
        case "signed":
            return f"signed by {signature.signer} (key {signature.fingerprint[:16]})"
        case "untrusted":
            return "signed by a key that you do not trust"
        case "unsigned":
            return "not signed"
    return ""


_UNREACHED = "in its own network: no port of this machine leads there"


def _about(found: m.RegistryImage) -> list[tuple[str, str]]:
    """What the manifest says that will be derived, as far as that is known without the image's files."""
    if found.own_manifest:
        return [("App", found.app), ("Manifest", "the one that is here stays")]
    if not found.manifest:
        return [("App", found.app), ("Starts", "what the image has in its menus, or a shell")]
    from berth.core.manifest import parse_manifest
    from berth.core.plan import STOP_SIGNALS

    manifest = parse_manifest(found.manifest, found.reference)
    return [
        ("App", found.app),
        ("Name", manifest.name),
        ("Summary", manifest.summary),
        ("Starts", shlex.join(manifest.command)),
        ("Starts in", manifest.directory),
        ("Ends by", manifest.stop_signal if manifest.stop_signal != STOP_SIGNALS[0] else ""),
        ("Runs as", f"you, without any privilege; the image expects “{found.user}”" if found.user else ""),
        ("Listens on", f"{' '.join(found.ports)}, {_UNREACHED}" if found.ports else ""),
        ("Opens", "in a terminal, unless it brings windows of its own" if manifest.display == "terminal" else ""),
        ("Variables", " ".join(f"{name}={shlex.quote(value)}" for name, value in manifest.environment)),
        ("Keeps data", ", ".join(("its home", *manifest.volumes)) if manifest.persist else "no"),
        *(("May ask for", ": ".join(filter(None, (asked.name, asked.reason)))) for asked in manifest.permissions),
    ]
