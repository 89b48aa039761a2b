"""What a set of decisions means."""

from __future__ import annotations

from berth.core.messages import PermissionInfo
from berth.core.permissions import (
    GPU,
    NETWORK,
    VOCABULARY,
    Grant,
    PermissionRequest,
    denied_required,
    describe,
    granted,
    undecided,
)

WANTED = PermissionRequest(NETWORK, "To fetch.")
NEEDED = PermissionRequest(NETWORK, "To fetch.", required=True)
ALLOW, DENY = Grant(True, "always"), Grant(False, "session")


def test_vocabulary_is_keyed_by_name() -> None:
    assert all(name == permission.name and permission.allows for name, permission in VOCABULARY.items())


def test_only_what_is_declared_known_and_allowed_is_granted() -> None:
    assert granted([WANTED], {NETWORK: ALLOW}) == {NETWORK}
    assert granted([WANTED], {NETWORK: DENY}) == frozenset()
    assert granted([WANTED], {}) == frozenset()
    assert granted([], {NETWORK: ALLOW}) == frozenset()
    assert granted([PermissionRequest("root", "x")], {"root": ALLOW}) == frozenset()


def test_undecided_ones_are_asked_at_their_time() -> None:
    assert undecided([WANTED, NEEDED], {}, early=True) == (NEEDED,)
    assert undecided([WANTED, NEEDED], {}, early=False) == (WANTED,)
    assert undecided([WANTED, NEEDED], {NETWORK: DENY}, early=False) == ()
    draws = PermissionRequest(GPU, "To draw.")
    assert undecided([WANTED, draws], {}, early=True) == (draws,), "it cannot be given later"
    assert undecided([WANTED, draws], {}, early=False) == (WANTED,)


def test_denial_matters_to_required_ones_only() -> None:
    assert denied_required([WANTED], {NETWORK: DENY}) is None
    assert denied_required([NEEDED], {NETWORK: ALLOW}) is None
    assert denied_required([NEEDED], {}) is None
    assert denied_required([WANTED, NEEDED], {NETWORK: DENY}) == NEEDED


def test_description_for_people() -> None:
    assert describe([WANTED], {}) == (PermissionInfo(NETWORK, "To fetch.", False, "ask", ""),)
    assert describe([NEEDED], {NETWORK: ALLOW}) == (PermissionInfo(NETWORK, "To fetch.", True, "allow", "always"),)
    assert describe([WANTED], {NETWORK: DENY}) == (PermissionInfo(NETWORK, "To fetch.", False, "deny", "session"),)
