"""Building an app's image from Debian packages: its bases first, each only once, then its own layer."""

from __future__ import annotations

import fcntl
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from berth.core.plan import SANDBOX_HOME, SANDBOX_UID
from berth.core.problem import Problem
from berth.core.sbom import Change
from berth.engine.images import layout, versions
from berth.engine.images.archive import architecture
from berth.engine.images.layout import Config, Descriptor, Manifest, NewImage, RootFs
from berth.engine.images.namespaces import contained, scratch_directory
from berth.engine.images.partial import finish, note_wanted, partial
from berth.engine.images.progress import Durations, Meter, Progress
from berth.engine.images.recipe import Base, Recipe
from berth.engine.images.sources import apt_settings, debian_sources, host_suite
from berth.engine.images.stage import Stage, StageDone, StageFailed, StageMessage, StageNewer, StageProgress
from berth.engine.images.store import Image, ImageStore, storage_problems
from berth.engine.run import run


class Builder:
    """Builds into `store`.

    Args:
        report: called with each step forward.
        suite: Debian suite; None = the host's.
    """

    def __init__(self, store: ImageStore, report: Callable[[Progress], None], suite: str | None = None) -> None:
        self._store = store
        self._report = report
        self._suite = suite or host_suite()
        self._durations = Durations(store.root / "durations.json")
        self._wanted = ""

    def is_built(self, recipe: Recipe) -> bool:
        """Whether the app has an image of this recipe, or one that was imported."""
        image = self._store.find(recipe.app)
        return image is not None and image.recipe in ("", self._digest(recipe))

    def build(self, recipe: Recipe, update: bool = False) -> Image:
        """Build the image, waiting for another build of the same.

        Args:
            update: also build anew what is there, bases included, if Debian has newer packages for it by now.

        Raises:
            Problem: whatever prevents it; the store then holds what it held, and finished bases.
        """
        self._wanted = recipe.app
        bases = list(_chain(recipe.base))
        steps = [f"base {base.name}" for base in bases if update or not self._store.find_recipe(self._digest(base))]
        meter = Meter([*steps, f"app {recipe.app}"], self._durations, self._report)
        below: Image | None = None
        for base in bases:
            below = self._base(base, below, meter, update)
        with self._alone(self._digest(recipe), meter, f"Waiting for another build of {recipe.name}"):
            return self._app(recipe, below, meter, update)

    def newer(self, recipe: Recipe) -> tuple[Change, ...]:
        """What Debian has newer packages of by now than the app's current image.

        Raises:
            Problem: ``image-missing``, or why it cannot be found out.
        """
        image = self._store.find(recipe.app)
        if image is None:
            raise Problem("image-missing", f"{recipe.name} has no image yet.", f"Make it: berth update {recipe.app}")
        if not image.recipe:
            hint = f"One from Debian would take its place with: berth update {recipe.app}"
            raise Problem("not-built-here", f"The image of {recipe.name} was imported.", hint)
        meter = Meter([], self._durations, self._report)
        return self._newer(image, lambda text, fraction: meter.tell(_about(text, recipe.name), fraction))

    def _digest(self, recipe: Recipe | Base) -> str:
        return recipe.digest(self._suite, architecture())

    def _base(self, base: Base, below: Image | None, meter: Meter, update: bool) -> Image:
        digest = self._digest(base)
        with self._alone(digest, meter, f"Waiting for another build of the shared {base.name} layer"):

            def tell(text: str, fraction: float) -> None:
                meter.tell(_about(text, f"the shared {base.name} layer"), fraction)

            present = self._store.find_recipe(digest)
            if present and not (update and self._is_stale(present, below, tell)):
                meter.skip(f"base {base.name}")
                return present
            annotations = {layout.RECIPE: digest, layout.BASE: base.name, layout.SUITE: self._suite}
            reference = f"base/{base.name}:{self._suite}-{digest[:12]}"
            meter.begin(f"base {base.name}")
            stage = self._stage_for(base.packages_for(self._suite), below)
            with self._archives(digest) as archives:
                stage = msgspec.structs.replace(stage, archives=str(archives))
                image = self._stage(stage, below, lambda _done: reference, annotations, tell)
            meter.end()
            return image

    def _app(self, recipe: Recipe, below: Image | None, meter: Meter, update: bool) -> Image:
        def tell(text: str, fraction: float) -> None:
            meter.tell(_about(text, recipe.name), fraction)

        digest = self._digest(recipe)
        asked = {layout.PERMISSIONS: " ".join(recipe.permissions)}
        present = self._store.find_recipe(digest)
        if present and not (update and self._is_stale(present, below, tell)):
            if present.name != recipe.app:
                version = versions.label(present.reference, present.digest)
                return self._store.name_also(present, f"{recipe.app}:{version}", asked)
            if update:
                self._use(present)
            return present
        meter.begin(f"app {recipe.app}")
        stage = self._stage_for(recipe.packages, below, recipe.icon or recipe.app)
        with self._archives(digest) as archives:
            image = self._stage(
                msgspec.structs.replace(stage, archives=str(archives)),
                below,
                lambda done: f"{recipe.app}:{_version(dict(done.packages)[_bare(recipe.packages[0])])}",
                {layout.RECIPE: digest, layout.SUITE: self._suite, **asked},
                tell,
            )
        meter.end()
        return image

    def _use(self, image: Image) -> None:
        """After the user went back to an earlier one, unless that is pinned."""
        current = self._store.find(image.name)
        if current is not None and current.digest != image.digest and not current.pinned:
            self._store.use(image.reference)

    def _is_stale(self, image: Image, below: Image | None, tell: Callable[[str, float], None]) -> bool:
        """Whether it stands on another image than `below`, or Debian has newer packages for it."""
        under = below.config.rootfs.diff_ids if below else ()
        return image.config.rootfs.diff_ids[: len(under)] != under or bool(self._newer(image, tell))

    def _newer(self, image: Image, tell: Callable[[str, float], None]) -> tuple[Change, ...]:
        stage = msgspec.structs.replace(self._stage_for((), image), check=True)
        with self._scratch() as scratch:
            found = _run_stage(msgspec.structs.replace(stage, scratch=str(scratch)), tell)
        assert isinstance(found, StageNewer)
        return found.changes

    def _stage_for(self, packages: Sequence[str], below: Image | None, icon: str = "") -> Stage:
        return Stage(
            scratch="",
            lower=str(self._store.rootfs(below)) if below else "",
            lists=str(self._store.root / "apt" / self._suite),
            suite=self._suite,
            packages=tuple(packages),
            icon=icon,
        )

    def _stage(
        self,
        stage: Stage,
        below: Image | None,
        reference: Callable[[StageDone], str],
        annotations: dict[str, str],
        tell: Callable[[str, float], None],
    ) -> Image:
        with self._scratch() as scratch:
            done = _run_stage(msgspec.structs.replace(stage, scratch=str(scratch)), tell)
            assert isinstance(done, StageDone)
            tell("Storing the image", 0.93)
            packages = " ".join(f"{name}={version}" for name, version in done.packages)
            new = _compose(reference(done), below, done, scratch, {**annotations, layout.PACKAGES: packages})
            return self._store.add(new)

    @contextmanager
    def _archives(self, digest: str) -> Iterator[Path]:
        """Where packages are fetched to: whoever goes on with an interrupted build finds them there."""
        with storage_problems(self._store.root), partial(self._store.root / "partial" / f"packages-{digest}") as place:
            note_wanted(place, self._wanted, self._wanted)
            try:
                yield place
            except Problem as problem:
                if problem.code == "disk-full":
                    shutil.rmtree(place, ignore_errors=True)
                raise
            finish(place)

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        with storage_problems(self._store.root), scratch_directory(self._store.root / "builds") as scratch:
            (scratch / "sources.sources").write_text(debian_sources(self._suite))
            (scratch / "host.conf").write_text(apt_settings())
            yield scratch

    @contextmanager
    def _alone(self, digest: str, meter: Meter, waiting: str) -> Iterator[None]:
        """Be the only process that builds this recipe."""
        with (self._store.root / "locks" / digest).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                meter.tell(waiting, 0.0)
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _chain(base: Base) -> Iterator[Base]:
    """A base and all below it, the lowest first."""
    if base.on:
        yield from _chain(base.on)
    yield base


def _run_stage(stage: Stage, tell: Callable[[str, float], None]) -> StageDone | StageNewer:
    last: list[StageMessage] = []

    def line(text: str) -> None:
        message = msgspec.json.decode(text, type=StageMessage)
        if isinstance(message, StageProgress):
            tell(message.text, message.fraction)
        else:
            last.append(message)

    command = [*contained(), sys.executable, "-m", "berth.engine.images.stage"]
    ended = run(command, stdin=msgspec.json.encode(stage), on_line=line, check=False)
    match last:
        case [(StageDone() | StageNewer()) as done]:
            return done
        case [StageFailed() as failed]:
            raise Problem(failed.code, failed.message, failed.hint)
    raise Problem("build-failed", "Building the image was interrupted.", ended.last_lines())


def _compose(
    reference: str, below: Image | None, done: StageDone, scratch: Path, annotations: dict[str, str]
) -> NewImage:
    """The documents of an image that adds one layer to the one below."""
    created = datetime.fromtimestamp(done.epoch, UTC).isoformat()
    config = Config(
        architecture(),
        "linux",
        RootFs((*(below.config.rootfs.diff_ids if below else ()), done.diff_id)),
        created,
        {"User": f"{SANDBOX_UID}:{SANDBOX_UID}", "WorkingDir": SANDBOX_HOME, "Env": ["LANG=C.UTF-8"]},
    )
    document = layout.encode(config)
    digest = layout.digest_of(document)
    configuration = scratch / "configuration.json"
    configuration.write_bytes(document)
    manifest = Manifest(
        config=Descriptor(layout.CONFIG_TYPE, digest, len(document)),
        layers=(
            *(below.manifest.layers if below else ()),
            Descriptor(layout.LAYER_TYPE, done.digest, done.size),
        ),
    )
    return NewImage(
        reference,
        layout.encode(manifest),
        {digest: configuration, done.digest: Path(done.layer)},
        annotations,
        Path(done.icon) if done.icon else None,
    )


def _about(text: str, what: str) -> str:
    """What is done, for what, and how much of it."""
    doing, comma, much = text.partition(",")
    return f"{doing} for {what}{comma}{much}"


def _bare(package: str) -> str:
    return package.partition(":")[0]


def _version(debian: str) -> str:
    """A Debian version as image version: without epoch, with the characters references allow."""
    return re.sub(r"[^A-Za-z0-9._+~-]", "-", debian.partition(":")[2] or debian)
