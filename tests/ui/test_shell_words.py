"""Values in sentences."""

from __future__ import annotations

from berth.core.manifest import NO_REASON
from berth.core.messages import AppInfo, PermissionInfo, RegistryImage
from berth.ui.about import fact_rows
from berth.ui.permission_words import question
from berth.ui.review import told_before
from berth.ui.translation import filled


def test_what_looks_like_a_place_in_a_value_is_none() -> None:
    assert filled("%2 instead of %1", "%2", "50 %1") == "50 %1 instead of %2"
    assert "/home/me/%1" in question("folder:/home/me/%1", "Editor")


def test_who_gives_no_reason_is_not_quoted() -> None:
    asked = tuple(PermissionInfo("network", reason, False, "ask") for reason in ("To fetch.", ""))
    told = [row.text for row in fact_rows(AppInfo("a.b", "A", "", "", "", (), asked, "", "missing", ""))]
    assert ("“To fetch.”" in told[0], "“" in told[1]) == (True, False)
    manifest = 'id = "a.b"\nname = "A"\ncommand = ["a"]\n[[permission]]\nname = "network"\nreason = "%s"'
    for reason, quoted in (("To fetch.", True), (NO_REASON, False)):
        told = [text for _label, text in told_before(RegistryImage("r", "a.b", 1, manifest % reason))]
        assert ("“" in told[-1]) is quoted
