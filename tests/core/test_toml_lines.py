"""Lines of values in TOML documents of every shape."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from berth.core.toml_lines import line_of, value_lines

DOCUMENT = '''\
# a comment = [

title = "x [not] = a 'table'"   # trailing
"quoted key" = 'single # quoted'
a.b . c = 1
multi = """
first = 1 \\""" still
"""
raw = \'\'\'
[nothing]
\'\'\'
list = [ 1,
  2, # two ]
  [ 3,
    4 ] ,
]
inline = { x = 1, y = { z = [ "}" ] } }
date = 1979-05-27T07:32:00Z
[table]
key = 5
[table.sub."dotted.name"]
key = 6
[[array]]
n = 1
[[array]]
n = 2
[array.inside]
deep = 3
[[array.more]]
m = 4
[[array.more]]
m = 5
'''


def test_document_is_valid() -> None:
    tomllib.loads(DOCUMENT)


def test_lines_of_keys_and_elements() -> None:
    lines = value_lines(DOCUMENT)
    assert {path: lines[path] for path in lines} == {
        ("title",): 3,
        ("quoted key",): 4,
        ("a",): 5,
        ("a", "b"): 5,
        ("a", "b", "c"): 5,
        ("multi",): 6,
        ("raw",): 9,
        ("list",): 12,
        ("list", 0): 12,
        ("list", 1): 13,
        ("list", 2): 14,
        ("list", 2, 0): 14,
        ("list", 2, 1): 15,
        ("inline",): 17,
        ("inline", "x"): 17,
        ("inline", "y"): 17,
        ("inline", "y", "z"): 17,
        ("inline", "y", "z", 0): 17,
        ("date",): 18,
        ("table",): 19,
        ("table", "key"): 20,
        ("table", "sub", "dotted.name"): 21,
        ("table", "sub", "dotted.name", "key"): 22,
        ("array",): 23,
        ("array", 0): 23,
        ("array", 0, "n"): 24,
        ("array", 1): 25,
        ("array", 1, "n"): 26,
        ("array", 1, "inside"): 27,
        ("array", 1, "inside", "deep"): 28,
        ("array", 1, "more"): 29,
        ("array", 1, "more", 0): 29,
        ("array", 1, "more", 0, "m"): 30,
        ("array", 1, "more", 1): 31,
        ("array", 1, "more", 1, "m"): 32,
    }


def test_what_has_no_line_takes_that_of_what_is_around_it() -> None:
    lines = value_lines(DOCUMENT)
    assert line_of(lines, ("array", 1, "inside", "missing")) == 27
    assert line_of(lines, ("missing",)) == 1
    assert line_of(lines, ()) == 1


@given(st.text(alphabet="ab=.[]{}\"'\\#\n ,1", max_size=60))
def test_every_document_that_is_valid_is_walked_to_its_end(text: str) -> None:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = value_lines(text)
    assert {path[0] for path in lines} == set(document)
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
