"""What the subcommands print that look into images: layers, packages, what differs between two."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from berth import commands, registry_commands
from berth.core import messages as m
from berth.core import sbom as bills
from berth.core.problem import Problem
from berth.output import as_builtins, print_fields, print_json, print_table, size_text

_DIGEST_SHOWN = 12


def images(options: argparse.Namespace) -> int:
    if options.action == "pull":
        return registry_commands.pull(options)
    return diff(options) if options.action == "diff" else commands.images(options)


def image(options: argparse.Namespace) -> int:
    files = options.files or (-1 if options.search else 0)
    inside = commands.ask(options, m.InspectImage(options.image, files, options.search))
    assert isinstance(inside, m.ImageInside)
    if options.json:
        print_json(as_builtins(inside))
    elif files:
        _print_files(inside)
    else:
        _print_inside(inside)
    return 0


def _print_files(inside: m.ImageInside) -> None:
    rows = [
        (str(file.layer), file.change, size_text(file.size) if file.change != "removed" else "-", f"/{file.path}")
        for file in inside.files
    ]
    print_table(("LAYER", "CHANGE", "SIZE", "FILE"), rows)
    if inside.more_files:
        print(f"There are more than these {len(rows)}; name a layer or use --search TEXT.", file=sys.stderr)


def _print_inside(inside: m.ImageInside) -> None:
    print_fields(
        (
            ("Image", inside.image),
            ("Digest", inside.digest),
            ("From", inside.origin or ("built here from Debian packages" if inside.source == "built" else "imported")),
            ("Signature", registry_commands.signature_text(inside.signature)),
            ("Since", f"{datetime.fromtimestamp(inside.created):%Y-%m-%d %H:%M}"),
            ("Architecture", inside.architecture),
            ("Configuration", inside.configuration),
            ("Size", size_text(sum(layer.size for layer in inside.layers))),
        )
    )
    print(file=sys.stdout)
    rows = [
        (
            str(number),
            f"{layer.base} (shared)" if layer.base else "the app's own",
            layer.digest.removeprefix("sha256:")[:_DIGEST_SHOWN],
            size_text(layer.size),
            size_text(layer.compressed),
            str(layer.files),
            str(len(layer.packages)),
        )
        for number, layer in enumerate(inside.layers, 1)
    ]
    print_table(("LAYER", "WHAT", "DIGEST", "SIZE", "PACKED", "FILES", "PACKAGES"), rows)


def sbom(options: argparse.Namespace) -> int:
    document = _bill(options, options.image)
    if options.json:
        sys.stdout.write(document + "\n")
        return 0
    rows = [
        (
            package.name,
            package.version,
            package.property(bills.SOURCE),
            package.supplier.name if package.supplier else "",
        )
        for package in bills.read(document).components
    ]
    print_table(("PACKAGE", "VERSION", "SOURCE", "MAINTAINER"), rows)
    return 0


def diff(options: argparse.Namespace) -> int:
    """What another image of an app changes; of one name alone the last two are compared."""
    if not options.what:
        raise Problem("usage", "Which image?", "For example: berth images diff org.gnome.Calculator")
    old, new = (options.what, options.other) if options.other else _last_two(options)
    before, after = (bills.read(_bill(options, image)) for image in (old, new))
    changes = bills.compare(before, after)
    sizes = [int(bill.metadata.component.property(bills.SIZE) or 0) for bill in (before, after)]
    if options.json:
        print_json({"old": old, "new": new, "sizes": sizes, "changes": as_builtins(changes)})
        return 0
    print_table(("PACKAGE", "BEFORE", "AFTER"), [(c.package, c.old or "-", c.new or "-") for c in changes])
    grown = sizes[1] - sizes[0]
    print(f"\n{old} -> {new}: {len(changes)} packages, {'+' if grown >= 0 else '-'}{size_text(abs(grown))}")
    return 0


def _last_two(options: argparse.Namespace) -> tuple[str, str]:
    result = commands.ask(options, m.ListImages())
    assert isinstance(result, m.Images)
    found = [image for image in result.images if image.image.rpartition(":")[0] == options.what]
    found.sort(key=lambda image: image.created)
    if len(found) < 2:
        raise Problem(
            "nothing-to-compare",
            f"There are no two images of “{options.what}”.",
            "Name both: berth images diff OLD NEW",
        )
    return found[-2].image, found[-1].image


def _bill(options: argparse.Namespace, image: str) -> str:
    result = commands.ask(options, m.GetSbom(image))
    assert isinstance(result, m.Sbom)
    return result.document
