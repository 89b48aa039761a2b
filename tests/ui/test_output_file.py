"""What is kept of outputs: read whole or set aside, written whole, found again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.ui.output_file import (
    MOST_ARRANGEMENTS,
    MOST_KEPT,
    Arrangement,
    Identity,
    Kept,
    KeptOutput,
    KeptOutputs,
    PlacedOutput,
    arranged,
    find,
    read_kept,
    rearranged,
    replaced,
    write_kept,
)

DELL = Identity("DP-1", "Dell", "U2720", "4711")


def test_what_was_written_is_read(tmp_path: Path) -> None:
    kept = (KeptOutput("BERTH-1", transform=1), KeptOutput(*DELL, 1.5, 7))
    write_kept(tmp_path / "new", Kept(kept))
    assert read_kept(tmp_path / "new") == Kept(kept)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["outputs.json"]


def test_nothing_is_nothing(tmp_path: Path) -> None:
    assert read_kept(tmp_path) == Kept(())


def one(**fields: object) -> bytes:
    return json.dumps({"outputs": [{"name": "DP-1", **fields}]}).encode()


def lying(*outputs: dict[str, object]) -> bytes:
    return json.dumps({"outputs": [], "arrangements": [{"outputs": outputs}]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[1]", b"null", b"\xff", b'{"outputs": [{"name": "\\ud800"}]}', b'{"outputs": 1}', b"{}"),
        *(b"[" * 60_000, b"[" * 300_000, b'{"outputs": []}' + b" " * 300_000),
        *(one(scale=100.0), one(scale=0.1), one(scale=-2), one(scale="2"), one(transform=8), one(transform=-1)),
        *(one(transform=1.5), one(name="x" * 200), one(more=1), b'{"outputs": [{"scale": 2}]}'),
        *(b'{"outputs": [{"name": "DP-1", "scale": 1e999}]}', b'{"outputs": [{"name": "DP-1", "scale": NaN}]}'),
        json.dumps({"outputs": [{"name": f"DP-{number}"} for number in range(MOST_KEPT + 1)]}).encode(),
        *(lying(), lying({"name": "A"}), lying(*({"name": f"{number}"} for number in range(17)))),
        *(lying({"name": "A", "place": place}, {"name": "B"}) for place in ([0, 0, 0, 9], [1e9, 0, 9, 9], [0, 0, 9])),
        json.dumps({"outputs": [], "arrangements": 17 * [{"outputs": [{"name": "A"}, {"name": "B"}]}]}).encode(),
    ],
)
def test_what_is_not_sound_is_set_aside_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "outputs.json").write_bytes(content)
    with pytest.raises(Problem, match=r"set aside as outputs\.json\.broken\.$") as caught:
        read_kept(tmp_path)
    assert caught.value.code == "bad-outputs"
    assert (tmp_path / "outputs.json.broken").read_bytes() == content
    assert read_kept(tmp_path) == Kept(())


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "outputs.json")
    with pytest.raises(Problem, match="set aside"):
        read_kept(tmp_path)


def test_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "outputs.json").mkdir()
    with pytest.raises(Problem, match=r"set aside|could not be read"):
        read_kept(tmp_path)


def test_a_screen_is_found_again() -> None:
    kept = (KeptOutput("DP-1", "Dell", "U2720", "4712", 2.0), KeptOutput(*DELL, 1.5), KeptOutput("BERTH-1", scale=3.0))
    assert find(kept, DELL) == kept[1]
    # On another connector by its number, but not another one of its kind.
    assert find(kept, DELL._replace(name="HDMI-A-1")) == kept[1]
    assert find(kept, DELL._replace(serial="")) is None
    assert find(kept, DELL._replace(serial="1")) is None
    assert find(kept, Identity("BERTH-1")) == kept[2]
    assert find(kept, Identity("BERTH-2")) is None


def test_two_screens_that_say_the_same_of_themselves_are_two() -> None:
    twin = DELL._replace(name="DP-2")
    there = (DELL, twin)
    kept = replaced((), DELL, there, scale=1.5)
    assert find(kept, twin, there) is None
    kept = replaced(kept, twin, there, scale=2.0)
    assert [(entry.name, entry.scale) for entry in kept] == [("DP-1", 1.5), ("DP-2", 2.0)]
    assert find(kept, DELL, there) == kept[0] and find(kept, twin, there) == kept[1]
    # Where one of the two is gone, the other is still found.
    moved = DELL._replace(name="HDMI-A-1")
    assert find(kept, moved, (moved, twin)) == kept[0]


def test_one_thing_is_changed_at_a_time_and_the_default_is_not_kept() -> None:
    kept = replaced((), DELL, scale=1.5)
    kept = replaced(kept, DELL._replace(name="HDMI-A-1"), transform=1)
    assert kept == (KeptOutput("HDMI-A-1", *DELL[1:], 1.5, 1),)
    kept = replaced(kept, Identity("BERTH-1"), transform=3)
    assert [entry.name for entry in kept] == ["HDMI-A-1", "BERTH-1"]
    kept = replaced(kept, DELL, scale=0.0)
    assert kept == (KeptOutput("BERTH-1", transform=3), KeptOutput(*DELL, 0.0, 1))
    assert replaced(kept, DELL, transform=0) == kept[:1]
    assert replaced((), DELL, transform=0) == ()


def test_what_screens_say_of_themselves_is_kept_plain_and_short(tmp_path: Path) -> None:
    strange = Identity("DP-1", "\udcff" + "M" * 500, "\n\x1b[31m\0", "ß")
    write_kept(tmp_path, Kept(replaced((), strange, scale=2.0)))
    kept = find(read_kept(tmp_path).outputs, strange)
    assert kept is not None and kept.scale == 2.0 and len(kept.make) == 128


def test_the_longest_that_can_be_kept_can_be_read(tmp_path: Path) -> None:
    kept: tuple[KeptOutput, ...] = ()
    for number in range(MOST_KEPT):
        kept = replaced(kept, Identity(*(4 * (f"{number}" + 200 * "\0",))), scale=2.0)
    write_kept(tmp_path, Kept(kept))
    assert len(kept) == MOST_KEPT and read_kept(tmp_path) == Kept(kept)


def test_the_oldest_gives_way() -> None:
    kept: tuple[KeptOutput, ...] = ()
    for number in range(MOST_KEPT + 3):
        kept = replaced(kept, Identity(f"DP-{number}"), scale=2.0)
    assert len(kept) == MOST_KEPT and kept[0].name == "DP-3"


def test_what_cannot_be_written_is_told_and_counts_for_now(tmp_path: Path) -> None:
    told: list[Problem] = []
    kept = KeptOutputs(tmp_path, told.append)
    (tmp_path / "outputs.json").mkdir()
    with pytest.raises(Problem) as caught:
        kept.keep(DELL, scale=2.0)
    assert caught.value.code == "write-failed" and not told
    assert [file.name for file in tmp_path.iterdir()] == ["outputs.json"]
    found = kept.find(DELL)
    assert found is not None and found.scale == 2.0


def test_a_broken_file_is_told_once(tmp_path: Path) -> None:
    told: list[Problem] = []
    (tmp_path / "outputs.json").write_text("{")
    assert KeptOutputs(tmp_path, told.append).find(DELL) is None
    assert [problem.code for problem in told] == ["bad-outputs"]
    KeptOutputs(tmp_path, told.append)
    assert len(told) == 1
    assert KeptOutputs(None, told.append).find(DELL) is None


HERE, THERE = (0, 0, 1000, 700), (1000, 0, 800, 600)


def places(found: tuple[PlacedOutput, ...] | None) -> list[object]:
    return [(one.place, one.primary) for one in found or ()]


def test_how_outputs_lie_is_kept_for_those_that_are_there_together(tmp_path: Path) -> None:
    kept = KeptOutputs(tmp_path, pytest.fail)
    laptop, office = Identity("eDP-1"), DELL
    kept.arrange([laptop, office], [THERE, HERE], 1)
    kept.arrange([laptop, Identity("HDMI-A-1")], [HERE, None], None)
    again = KeptOutputs(tmp_path, pytest.fail)
    assert places(again.arranged([laptop, office])) == [(THERE, False), (HERE, True)]
    # In whatever order they come, and on another connector.
    assert places(again.arranged([DELL._replace(name="DP-7"), laptop])) == [(HERE, True), (THERE, False)]
    assert places(again.arranged([laptop, Identity("HDMI-A-1")])) == [(HERE, False), (None, False)]
    assert again.arranged([laptop]) is None and again.arranged([laptop, office, Identity("HDMI-A-1")]) is None
    again.arrange([office, laptop], [None, None], None)
    assert again.arranged([laptop, office]) is None
    assert len(read_kept(tmp_path).arrangements) == 1


def test_twins_lie_where_each_was_put() -> None:
    twin = DELL._replace(name="DP-2")
    kept = (Arrangement((PlacedOutput(*DELL, HERE), PlacedOutput(*twin, THERE))),)
    assert places(arranged(kept, [twin, DELL])) == [(THERE, False), (HERE, False)]
    assert arranged(kept, [DELL._replace(name="DP-8"), DELL._replace(name="DP-9")]) is None


def test_the_only_output_lies_nowhere_and_the_oldest_arrangement_gives_way() -> None:
    assert rearranged((), [PlacedOutput("DP-1", place=HERE, primary=True)]) == ()
    kept: tuple[Arrangement, ...] = ()
    for number in range(MOST_ARRANGEMENTS + 2):
        kept = rearranged(kept, [PlacedOutput("DP-1", place=HERE), PlacedOutput(f"DP-{number + 2}")])
    assert len(kept) == MOST_ARRANGEMENTS and kept[0].outputs[1].name == "DP-4"


def test_the_longest_arrangements_can_be_read(tmp_path: Path) -> None:
    kept = tuple(
        Arrangement(tuple(PlacedOutput(*(4 * (f"{number}-{one}" + 120 * "\0",)), HERE) for one in range(16)))
        for number in range(MOST_ARRANGEMENTS)
    )
    write_kept(tmp_path, Kept((), kept))
    found = read_kept(tmp_path).arrangements
    assert found and found == kept[-len(found) :]
