"""References to images of registries: what people write, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.image_reference import is_loopback, is_registry_reference, parse_reference
from berth.core.problem import Problem
from berth.engine.images.layout import split_reference

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "full", "in_store"),
    [
        ("debian", "docker.io/library/debian:latest", "docker.io/library/debian:latest"),
        ("docker.io/debian:12", "docker.io/library/debian:12", "docker.io/library/debian:12"),
        ("index.docker.io/some/thing", "docker.io/some/thing:latest", "docker.io/some/thing:latest"),
        ("some/thing:1", "docker.io/some/thing:1", "docker.io/some/thing:1"),
        ("GHCR.io/a/b_c/d-e:V1", "ghcr.io/a/b_c/d-e:V1", "ghcr.io/a/b_c/d-e:V1"),
        ("localhost/a:1", "localhost/a:1", "localhost/a:1"),
        ("localhost:5000/a:1", "localhost:5000/a:1", "localhost-5000/a:1"),
        ("[::1]:5000/a:1", "[::1]:5000/a:1", "1-5000/a:1"),
        (f"quay.io/a@{DIGEST}", f"quay.io/a@{DIGEST}", f"quay.io/a:{'a' * 12}"),
        (f"quay.io/a:1@{DIGEST}", f"quay.io/a:1@{DIGEST}", "quay.io/a:1"),
        ("quay.io/a:_x", "quay.io/a:_x", "quay.io/a:fetched"),
    ],
)
def test_what_people_write(text: str, full: str, in_store: str) -> None:
    reference = parse_reference(text)
    assert (str(reference), reference.in_store) == (full, in_store)
    assert parse_reference(full) == reference and is_registry_reference(full)
    split_reference(in_store)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "a//b",
        "A",
        "quay.io/A",
        "quay.io/../a",
        "quay.io/a:",
        "quay.io/a:x y",
        "quay.io/a@sha256:1",
        "-.io/a",
        "https://quay.io/a",
        "me@quay.io/a",
        "quay.io:x/a",
        "quay.io/a?b",
        "--root/a",
        "a\n",
        f"quay.io/{'a' * 300}",
    ],
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_reference(text)
    assert caught.value.code == "image-reference"


@given(st.text(max_size=60))
def test_whatever_is_understood_is_understood_the_same_again(text: str) -> None:
    try:
        reference = parse_reference(text)
    except Problem:
        return
    assert parse_reference(str(reference)) == reference
    split_reference(reference.in_store)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1:5000", True),
        ("localhost", True),
        ("LocalHost:1", True),
        ("[::1]:5000", True),
        ("127.9.9.9", True),
        ("127.0.0.1.evil.org", False),
        ("localhost.evil.org", False),
        ("10.0.0.1", False),
        ("[fe80::1]", False),
    ],
)
def test_which_registries_are_on_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here
