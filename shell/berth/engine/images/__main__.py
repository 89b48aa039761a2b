"""The command line of the image store: what the engine and the set-up run as a process of its own.

One JSON line per step on stdout, ``{"text", "fraction", "seconds_left"}``; the last line is
``{"result": {...}}`` or ``{"problem": {"code", "message", "hint"}}``. On a terminal, or with
``--human``, plain sentences. To cancel, kill the process group: nothing is left behind.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import msgspec

from berth.core.image_reference import parse_reference
from berth.core.messages import ImageInfo
from berth.core.paths import DEFAULT_NAME, session_paths
from berth.core.problem import Problem
from berth.core.sbom import Change
from berth.engine.images.arrival import Arrival
from berth.engine.images.console import Console
from berth.engine.images.progress import Progress, ReadingMeter
from berth.engine.images.recipe import NotBuildable, read_recipe
from berth.engine.images.store import Image, ImageStore
from berth.engine.images.trust import read_keys

if TYPE_CHECKING:
    from berth.engine.images.build import Builder


class Output:
    """Where progress, result and problem go: JSON lines for programs."""

    def progress(self, progress: Progress) -> None:
        self._line(progress)

    def result(self, result: object) -> None:
        self._line({"result": result})

    def problem(self, problem: Problem) -> None:
        self._line({"problem": {"code": problem.code, "message": problem.message, "hint": problem.hint}})

    def _line(self, document: object) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
        sys.stdout.buffer.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """The process's boundary: returns 0, or 1 after a problem was told."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _end)
    output = Console(sys.stdout) if options.human or sys.stdout.isatty() else Output()
    try:
        store = ImageStore(options.root)
        output.result(options.command(store, options, output.progress))
    except Problem as problem:
        output.problem(problem)
        return 1
    except KeyboardInterrupt:
        output.problem(Problem("cancelled", "Cancelled."))
        return 130
    return 0


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Leave by way of everybody's clean-up."""
    sys.exit(128 + signal.SIGTERM)


Report = Callable[[Progress], None]


def _build(store: ImageStore, options: argparse.Namespace, report: Report) -> dict[str, list[dict[str, str]]]:
    """Build one after the other; what fails does not keep the others from being built."""
    # What builds takes a third of the time until a small archive is in.
    from berth.engine.images.build import Builder

    built: list[dict[str, str]] = []
    problems: list[Problem] = []
    for number, manifest in enumerate(options.manifests):
        builder = Builder(store, _part(report, number, len(options.manifests)), options.suite)
        try:
            built.extend(_build_one(builder, manifest, options.missing))
        except Problem as problem:
            problems.append(problem)
    if problems:
        raise problems[0] if len(problems) == 1 else _several(problems)
    return {"images": built}


def _build_one(builder: Builder, manifest: Path, missing: bool) -> Iterator[dict[str, str]]:
    try:
        recipe = read_recipe(manifest)
    except NotBuildable:
        if missing:
            return
        raise
    if not (missing and builder.is_built(recipe)):
        yield _about(builder.build(recipe))


def _several(problems: Sequence[Problem]) -> Problem:
    lines = "\n".join(f"- {problem}" for problem in problems)
    return Problem(problems[0].code, f"{len(problems)} images could not be built.", lines)


def _part(report: Report, number: int, count: int) -> Report:
    """Progress of one build among several, which are taken for equally long."""

    def tell(progress: Progress) -> None:
        text = f"{progress.text} ({number + 1} of {count})" if count > 1 else progress.text
        left = progress.seconds_left if number + 1 == count else -1.0
        report(Progress(text, (number + progress.fraction) / count, left))

    return tell


def _update(store: ImageStore, options: argparse.Namespace, report: Report) -> dict[str, object]:
    """Build anew if there is anything newer, or only say what is."""
    from berth.engine.images.build import Builder

    recipe = read_recipe(options.manifest)
    builder = Builder(store, report, options.suite)
    if options.check:
        return {"changes": [_fields(change) for change in builder.newer(recipe)]}
    return {"images": [_about(builder.build(recipe, update=True))]}


def _import(store: ImageStore, options: argparse.Namespace, report: Report) -> dict[str, list[dict[str, str]]]:
    meter = ReadingMeter(f"Importing {options.archive.name}", report)
    if options.manifests is None:
        return {"images": [_about(store.import_archive(options.archive, report=meter.read))]}
    arrival = _arrival(options)
    image = store.import_archive(options.archive, arrival, meter.read)
    arrival.write_manifest()
    return {"images": [{**_about(image), "app": arrival.app, "name": arrival.name}]}


def _arrival(options: argparse.Namespace) -> Arrival:
    return Arrival(options.manifests, options.known, options.made, options.running, options.strict)


def _look(store: ImageStore, options: argparse.Namespace, _report: Report) -> dict[str, object]:
    from berth.engine.images.fetch import look

    keys = read_keys(options.keys) if options.keys else ()
    found = look(store, parse_reference(options.reference), _arrival(options), options.here, keys)
    return {"found": {name: getattr(found, name) for name in found.__struct_fields__}}


def _pull(store: ImageStore, options: argparse.Namespace, report: Report) -> dict[str, list[dict[str, str]]]:
    # HTTP and TLS take longer to load than some of the other work takes.
    from berth.engine.images.fetch import pull

    arrival = _arrival(options)
    keys = read_keys(options.keys) if options.keys else ()
    image = pull(store, parse_reference(options.reference), arrival, report, keys=keys)
    return {"images": [{**_about(image), "app": arrival.app, "name": arrival.name}]}


def _list(store: ImageStore, _options: argparse.Namespace, _report: Report) -> dict[str, list[dict[str, object]]]:
    return {"images": [_fields(info) for info in store.images()]}


def _remove(store: ImageStore, options: argparse.Namespace, _report: Report) -> dict[str, str]:
    store.remove(options.reference)
    return {"removed": options.reference}


def _verify(store: ImageStore, _options: argparse.Namespace, _report: Report) -> dict[str, list[str]]:
    return {"faults": [str(fault) for fault in store.verify()]}


def _about(image: Image) -> dict[str, str]:
    return {"image": image.reference, "digest": image.digest}


def _fields(info: ImageInfo | Change) -> dict[str, object]:
    return {name: getattr(info, name) for name in info.__struct_fields__}


def _ids(text: str) -> frozenset[str]:
    return frozenset(filter(None, text.split(",")))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m berth.engine.images", description="Images of apps.")
    shared = argparse.ArgumentParser(add_help=False)
    default = session_paths(DEFAULT_NAME, os.environ, os.getuid()).images
    shared.add_argument("--root", type=Path, default=default, help="directory of the store (%(default)s)")
    shared.add_argument("--human", action="store_true", help="plain sentences instead of JSON lines")
    commands = parser.add_subparsers(required=True)
    build = commands.add_parser("build", parents=[shared], help="build images from Debian packages")
    build.add_argument("manifests", metavar="MANIFEST", type=Path, nargs="+")
    build.add_argument("--missing", action="store_true", help="only what is not built yet")
    build.add_argument("--suite", help="Debian suite (this machine's)")
    build.set_defaults(command=_build)
    update = commands.add_parser("update", parents=[shared], help="build an image anew if there are newer packages")
    update.add_argument("manifest", metavar="MANIFEST", type=Path)
    update.add_argument("--check", action="store_true", help="only say what is newer")
    update.add_argument("--suite", help="Debian suite (this machine's)")
    update.set_defaults(command=_update)
    arriving = [shared, _arrival_options()]
    importing = commands.add_parser(
        "import", parents=arriving, help="import an archive: OCI, docker or a root file system"
    )
    importing.add_argument("archive", type=Path)
    importing.set_defaults(command=_import)
    pulling = commands.add_parser("pull", parents=arriving, help="fetch an image from a registry")
    pulling.set_defaults(command=_pull)
    looking = commands.add_parser("look", parents=arriving, help="say what an image of a registry would become")
    looking.add_argument("--here", action="store_true", help="what was fetched before will do")
    looking.set_defaults(command=_look)
    for fetching in (pulling, looking):
        fetching.add_argument("reference")
        fetching.add_argument("--keys", type=Path, help="file of the keys that are trusted for signatures")
    commands.add_parser("list", parents=[shared], help="list the images").set_defaults(command=_list)
    removing = commands.add_parser("remove", parents=[shared], help="remove an image and what only it uses")
    removing.add_argument("reference", metavar="NAME:VERSION")
    removing.set_defaults(command=_remove)
    commands.add_parser("verify", parents=[shared], help="check all digests").set_defaults(command=_verify)
    return parser


def _arrival_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--manifests", type=Path, help="where an app gets a manifest if it has none")
    parser.add_argument("--strict", action="store_true", help="refuse what cannot become an app")
    for name, text in (("known", "have a manifest"), ("made", "get their images from Berth"), ("running", "run")):
        parser.add_argument(f"--{name}", type=_ids, default=frozenset(), metavar="APP,...", help=f"apps that {text}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
