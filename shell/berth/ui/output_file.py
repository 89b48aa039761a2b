"""How the user has outputs: ``outputs.json`` in the folder of the user's choices.

It is written whole or not at all. A file that is not sound is set aside whole: half of it could leave a screen that
nobody can read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

import msgspec

from berth.core.messages import Rect
from berth.core.outputs import MOST_OUTPUTS, check_scale, check_transform
from berth.core.problem import Problem

MOST_KEPT = 64
MOST_ARRANGEMENTS = 16
_FILE = "outputs.json"
_MOST_BYTES = 256 << 10
_LONGEST = 128
_Name = Annotated[str, msgspec.Meta(max_length=_LONGEST)]
_Corner = Annotated[int, msgspec.Meta(ge=-(1 << 20), le=1 << 20)]
_Length = Annotated[int, msgspec.Meta(ge=1, le=1 << 16)]


class Identity(NamedTuple):
    """Which output it is: the host's name of its connector, and what the screen there says of itself."""

    name: str
    make: str = ""
    model: str = ""
    serial: str = ""

    def cut(self) -> Identity:
        """As it is kept: what screens say has no length of its own."""
        return Identity(*(_plain(word) for word in self))


class _Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An output that something is kept of."""

    name: _Name
    make: _Name = ""
    model: _Name = ""
    serial: _Name = ""

    @property
    def identity(self) -> Identity:
        return Identity(self.name, self.make, self.model, self.serial)


class KeptOutput(_Known, frozen=True, forbid_unknown_fields=True):
    """`scale` in pixels per logical pixel, 0 = as it would be; `transform` as in wl_output."""

    scale: float = 0.0
    transform: int = 0


class PlacedOutput(_Known, frozen=True, forbid_unknown_fields=True):
    """`place`: where it lies and how large it was then, in logical pixels; None = as it would be."""

    place: tuple[_Corner, _Corner, _Length, _Length] | None = None
    primary: bool = False


class Arrangement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Outputs that were there together: the same screens may lie otherwise where there are others, too."""

    outputs: Annotated[tuple[PlacedOutput, ...], msgspec.Meta(min_length=2, max_length=MOST_OUTPUTS)]


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    outputs: Annotated[tuple[KeptOutput, ...], msgspec.Meta(max_length=MOST_KEPT)]
    arrangements: Annotated[tuple[Arrangement, ...], msgspec.Meta(max_length=MOST_ARRANGEMENTS)] = ()


_Output = TypeVar("_Output", bound=_Known)


def find(kept: Sequence[_Output], identity: Identity, there: Collection[Identity] = ()) -> _Output | None:
    """What is kept of that output: of the same screen, also if it hangs on another connector and has a number.

    What is kept of outputs that are `there` is theirs: screens with the same number are sold, too.
    """
    wanted = identity.cut()
    theirs = {one.cut() for one in there}
    same = (one for one in kept if one.identity == wanted)
    moved = (one for one in kept if wanted.serial and one.identity[1:] == wanted[1:] and one.identity not in theirs)
    return next(same, None) or next(moved, None)


def arranged(kept: Sequence[Arrangement], there: Sequence[Identity]) -> tuple[PlacedOutput, ...] | None:
    """How exactly those outputs lie, in the order of `there`; None if nothing is kept of that."""
    for arrangement in kept:
        found = [find(arrangement.outputs, one, there) for one in there]
        known = tuple(one for one in found if one is not None)
        if len({one.identity for one in known}) == len(there) == len(arrangement.outputs):
            return known
    return None


def rearranged(kept: Sequence[Arrangement], outputs: Sequence[PlacedOutput]) -> tuple[Arrangement, ...]:
    """`kept` with another arrangement of these outputs; without one if nothing is left to keep of it."""
    there = [one.identity for one in outputs]
    others = tuple(one for one in kept if arranged((one,), there) is None)
    if len(outputs) < 2 or not any(one.place or one.primary for one in outputs):
        return others
    return (*others, Arrangement(tuple(outputs)))[-MOST_ARRANGEMENTS:]


def replaced(
    kept: Sequence[KeptOutput],
    identity: Identity,
    there: Collection[Identity] = (),
    *,
    scale: float | None = None,
    transform: int | None = None,
) -> tuple[KeptOutput, ...]:
    """`kept` with another scale, transform or both; without the output if nothing is left to keep of it."""
    before = find(kept, identity, there)
    scale = (before.scale if before else 0.0) if scale is None else scale
    transform = (before.transform if before else 0) if transform is None else transform
    others = tuple(one for one in kept if one is not before)
    if not scale and not transform:
        return others
    # Whatever has not been changed for longest gives way.
    return (*others, KeptOutput(*identity.cut(), scale, transform))[-MOST_KEPT:]


def read_kept(config: Path) -> Kept:
    """What is kept there. Raises `Problem` ``bad-outputs`` once a file that is not sound has been set aside."""
    path = config / _FILE
    try:
        data = _bytes_of(path)
    except FileNotFoundError:
        return Kept(())
    except OSError as error:
        raise Problem("bad-outputs", f"{path} could not be read: {error.strerror}.") from None
    try:
        return _sound(data)
    except (ValueError, RecursionError, Problem):  # bytes that are no UTF-8 are no `msgspec.DecodeError`
        raise _set_aside(path) from None


def _bytes_of(path: Path) -> bytes:
    """No more than one byte too many; of what is no file, nothing: a pipe would never end."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        return file.read(_MOST_BYTES + 1) if stat.S_ISREG(os.fstat(fd).st_mode) else b""


def _sound(data: bytes) -> Kept:
    if len(data) > _MOST_BYTES:
        raise ValueError(data[:16])
    kept = msgspec.json.decode(data, type=Kept)
    for one in kept.outputs:
        check_scale(one.scale)
        check_transform(one.transform)
    return kept


def _set_aside(path: Path) -> Problem:
    aside = path.with_name(f"{_FILE}.broken")
    try:
        path.replace(aside)
    except OSError as error:
        return Problem("bad-outputs", f"{path} cannot be understood, nor set aside: {error.strerror}.")
    return Problem("bad-outputs", f"{path} cannot be understood and was set aside as {aside.name}.")


def write_kept(config: Path, kept: Kept) -> None:
    """Raises `Problem` ``write-failed``. The oldest arrangements give way if all would be too much to be read."""
    temporary = config / f".{_FILE}.{os.getpid()}"
    try:
        config.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(_fitting(kept))
        temporary.replace(config / _FILE)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise Problem("write-failed", f"{config / _FILE} could not be written: {error.strerror}.") from None


def _fitting(kept: Kept) -> bytes:
    data = msgspec.json.format(msgspec.json.encode(kept)) + b"\n"
    if len(data) <= _MOST_BYTES or not kept.arrangements:
        return data
    return _fitting(Kept(kept.outputs, kept.arrangements[1:]))


def _plain(word: str) -> str:
    """Without what no file of text can hold."""
    return word.encode(errors="replace").decode()[:_LONGEST]


class KeptOutputs:
    """What is kept now.

    Args:
        config: the folder of the user's choices; None keeps nothing.
        failed: told once what is wrong with what was kept.
    """

    def __init__(self, config: Path | None, failed: Callable[[Problem], None]) -> None:
        self._config = config
        self._kept = Kept(())
        try:
            if config is not None:
                self._kept = read_kept(config)
        except Problem as problem:
            failed(problem)

    def find(self, identity: Identity, there: Collection[Identity] = ()) -> KeptOutput | None:
        return find(self._kept.outputs, identity, there)

    def arranged(self, there: Sequence[Identity]) -> tuple[PlacedOutput, ...] | None:
        """How exactly those outputs lie, in that order."""
        return arranged(self._kept.arrangements, there)

    def keep(
        self,
        identity: Identity,
        there: Collection[Identity] = (),
        *,
        scale: float | None = None,
        transform: int | None = None,
    ) -> None:
        """Raises `Problem` ``write-failed``; it counts until the session ends then."""
        outputs = replaced(self._kept.outputs, identity, there, scale=scale, transform=transform)
        self._keep(Kept(outputs, self._kept.arrangements))

    def arrange(self, there: Sequence[Identity], places: Sequence[Rect | None], primary: int | None) -> None:
        """Where those outputs lie and which of them has the panel, None = as it would be. Raises as `keep` does."""
        outputs = [
            PlacedOutput(*identity.cut(), place, index == primary)
            for index, (identity, place) in enumerate(zip(there, places, strict=True))
        ]
        self._keep(Kept(self._kept.outputs, rearranged(self._kept.arrangements, outputs)))

    def _keep(self, kept: Kept) -> None:
        if kept != self._kept:
            self._kept = kept
            if self._config is not None:
                write_kept(self._config, kept)
