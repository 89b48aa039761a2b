"""wl_subsurface: trees of surfaces, applied together."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from pywayland.protocol import wayland

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi

_TREES = """
from berth.display import __main__, scene
look, flush = scene.Scene._tree_in_flight, scene.Scene.flush
seen = []
def look_once(self, surface):
    assert surface not in seen, "looked at again"
    seen.append(surface)
    return look(self, surface)
def begin(self):
    seen.clear()
    flush(self)
scene.Scene._tree_in_flight, scene.Scene.flush = look_once, begin
__main__.main()
"""


class Tree:
    """A window with one subsurface that is mapped and sits at 10, 20."""

    def __init__(self, display: Display, auto_frames: bool = True) -> None:
        self.ui: FakeUi = display.ui(auto_frames=auto_frames)
        self.app: App = display.app()
        self.window = Window(self.app, byte=1)
        self.ui.until(lambda: any(w.mapped for w in self.ui.windows.values()))
        self.child, self.sub = self.add(self.window.surface, 10, 20, 2)
        self.window.surface.commit()
        self.settle()
        self.root_number = next(iter(self.ui.windows.values())).surface
        self.number = max(self.ui.surfaces)

    def add(self, parent: Object, x: int, y: int, byte: int) -> tuple[Object, Object]:
        child = self.app.surface()
        sub: Object = self.app.subcompositor.get_subsurface(child, parent)
        sub.set_position(x, y)
        self.app.show(child, self.app.pixels(30, 30, byte))
        return child, sub

    def settle(self) -> None:
        self.app.roundtrip()
        self.ui.settle()
        self.app.roundtrip()
        self.ui.settle()

    @property
    def root(self) -> m.SurfaceState:
        return self.ui.states[self.root_number]

    def colour(self, number: int) -> int:
        return self.ui.pixels(number)[0]


@pytest.fixture
def tree(display: Display) -> Tree:
    return Tree(display)


def test_it_appears_with_its_parent(tree: Tree) -> None:
    assert tree.root.children == ((tree.root_number, 0, 0), (tree.number, 10, 20))
    assert tree.colour(tree.number) == 2


def test_synchronised_state_waits_for_the_parent_and_comes_in_one_commit(tree: Tree) -> None:
    before = len(tree.ui.log)
    tree.app.show(tree.child, tree.app.pixels(30, 30, 3))
    tree.sub.set_position(5, 6)
    tree.settle()
    assert tree.colour(tree.number) == 2
    tree.app.show(tree.window.surface, tree.app.pixels(100, 80, 4))
    tree.settle()
    commits = [message for message in tree.ui.log[before:] if isinstance(message, m.Commit)]
    assert [sorted(state.surface for state in commit.states) for commit in commits] == [[tree.root_number, tree.number]]
    assert (tree.colour(tree.root_number), tree.colour(tree.number)) == (4, 3)
    assert tree.root.children[1] == (tree.number, 5, 6)


def test_a_cached_buffer_replaced_by_a_later_one_is_released_unused(tree: Tree) -> None:
    first, second = tree.app.pixels(30, 30, 5), tree.app.pixels(30, 30, 6)
    tree.app.show(tree.child, first)
    tree.app.show(tree.child, second)
    tree.app.roundtrip()
    assert first.buffer.named("release") and not second.buffer.named("release")
    tree.window.surface.commit()
    tree.settle()
    assert second.buffer.named("release")
    assert tree.colour(tree.number) == 6


def test_a_cached_buffer_outlives_its_object(tree: Tree) -> None:
    pixels = tree.app.pixels(30, 30, 7)
    tree.app.show(tree.child, pixels)
    pixels.buffer.destroy()
    tree.app.roundtrip()
    tree.window.surface.commit()
    tree.settle()
    assert tree.colour(tree.number) == 7


def test_desynchronised(tree: Tree) -> None:
    tree.app.show(tree.child, tree.app.pixels(30, 30, 8))
    tree.sub.set_desync()
    tree.settle()
    assert tree.colour(tree.number) == 8
    tree.app.show(tree.child, tree.app.pixels(30, 30, 9))
    tree.settle()
    assert tree.colour(tree.number) == 9
    tree.sub.set_position(1, 1)
    tree.child.commit()
    tree.settle()
    assert tree.root.children[1] == (tree.number, 10, 20), "a position belongs to the parent's state"


def test_a_synchronised_ancestor_holds_the_whole_branch(tree: Tree) -> None:
    grandchild, sub = tree.add(tree.child, 1, 2, 10)
    sub.set_desync()
    tree.child.commit()
    tree.settle()
    number = max(tree.ui.surfaces)
    assert number not in tree.ui.states
    tree.window.surface.commit()
    tree.settle()
    assert tree.colour(number) == 10
    tree.app.show(grandchild, tree.app.pixels(30, 30, 11))
    tree.window.surface.commit()
    tree.settle()
    assert tree.colour(number) == 10, "a state belongs to the next commit of the parent, which was none of the window's"
    tree.child.commit()
    tree.app.show(grandchild, tree.app.pixels(30, 30, 12))
    tree.window.surface.commit()
    tree.settle()
    assert tree.colour(number) == 11, "what came after the parent's commit is not part of it"


def test_desynchronising_an_ancestor_frees_the_branch_below(tree: Tree) -> None:
    grandchild, sub = tree.add(tree.child, 1, 2, 10)
    tree.child.commit()
    tree.window.surface.commit()
    tree.settle()
    number = max(tree.ui.surfaces)
    sub.set_desync()
    tree.app.show(grandchild, tree.app.pixels(30, 30, 11))
    tree.settle()
    assert tree.colour(number) == 10
    tree.sub.set_desync()
    tree.settle()
    assert tree.colour(number) == 11


def test_what_an_ancestor_holds_of_a_surface_comes_before_its_own_later_commits(tree: Tree) -> None:
    grandchild, sub = tree.add(tree.child, 1, 2, 10)
    tree.child.commit()  # holds 10 until the window's commit
    sub.destroy()
    tree.app.show(grandchild, tree.app.pixels(30, 30, 11))
    tree.app.subcompositor.get_subsurface(grandchild, tree.window.surface)
    tree.window.surface.commit()
    tree.settle()
    assert tree.colour(max(tree.ui.surfaces)) == 11


def test_a_surface_destroyed_while_its_state_waits_with_the_parent(tree: Tree) -> None:
    grandchild, sub = tree.add(tree.child, 1, 2, 10)
    callback = grandchild.frame()
    grandchild.commit()
    tree.child.commit()
    grandchild.destroy()
    tree.window.surface.commit()
    tree.settle()
    assert not callback.events
    sub.destroy()
    tree.settle()


def test_an_orphan_gives_its_buffers_back(tree: Tree) -> None:
    pixels = tree.app.pixels(30, 30, 5)
    tree.app.show(tree.child, pixels)
    tree.window.toplevel.destroy()
    tree.window.xdg.destroy()
    tree.window.surface.destroy()
    tree.settle()
    assert pixels.buffer.named("release")


def test_order(tree: Tree) -> None:
    second, sub = tree.add(tree.window.surface, 0, 0, 3)
    tree.window.surface.commit()
    tree.settle()
    other = max(tree.ui.surfaces)

    def order() -> list[int]:
        tree.settle()
        return [number for number, _x, _y in tree.root.children]

    root, first = tree.root_number, tree.number
    assert order() == [root, first, other]
    sub.place_below(tree.window.surface)
    assert order() == [root, first, other], "double-buffered"
    tree.window.surface.commit()
    assert order() == [other, root, first]
    tree.sub.place_below(second)
    tree.window.surface.commit()
    assert order() == [first, other, root]
    tree.sub.place_above(tree.window.surface)
    tree.window.surface.commit()
    assert order() == [other, root, first]
    sub.destroy()
    assert order() == [root, first]


def test_the_tree_is_sent_whole_or_not_at_all(display: Display) -> None:
    """While one of a tree's surfaces is on its way to the screen, the others' changes wait for it."""
    tree = Tree(display, auto_frames=False)
    ui = tree.ui
    for _ in range(3):
        ui.done()
        tree.settle()
    before = ui.last_seq
    tree.sub.set_desync()
    tree.app.show(tree.child, tree.app.pixels(30, 30, 50))
    tree.settle()
    assert ui.last_seq == before + 1
    tree.sub.set_sync()
    tree.app.show(tree.child, tree.app.pixels(30, 30, 51))
    tree.app.show(tree.window.surface, tree.app.pixels(100, 80, 52))
    tree.settle()
    assert ui.last_seq == before + 1
    ui.done()
    ui.until(lambda: ui.last_seq == before + 2)
    assert (tree.colour(tree.root_number), tree.colour(tree.number)) == (52, 51)


def test_destroyed_surfaces_leave(tree: Tree) -> None:
    tree.child.destroy()
    tree.settle()
    assert tree.number not in tree.ui.surfaces
    assert [number for number, _x, _y in tree.root.children] == [tree.root_number]
    tree.sub.set_position(1, 1)
    tree.sub.destroy()
    tree.settle()


def test_a_destroyed_parent_leaves_inert_children(tree: Tree) -> None:
    parent, sub = tree.add(tree.window.surface, 0, 0, 3)
    child, inner = tree.add(parent, 0, 0, 4)
    tree.window.surface.commit()
    tree.settle()
    parent.destroy()
    inner.set_position(4, 4)
    inner.place_above(tree.child)
    tree.app.show(child, tree.app.pixels(30, 30, 5))
    tree.settle()
    sub.destroy()
    inner.destroy()
    tree.settle()


_Sub = wayland.WlSubcompositor.error


@pytest.mark.parametrize(
    ("make", "interface", "code"),
    [
        (lambda t: t.app.subcompositor.get_subsurface(t.child, t.window.surface), "wl_subcompositor", _Sub.bad_surface),
        (lambda t: t.app.subcompositor.get_subsurface(t.window.surface, t.child), "wl_subcompositor", _Sub.bad_surface),
        (lambda t: t.sub.place_above(t.child), "wl_subsurface", wayland.WlSubsurface.error.bad_surface),
        (lambda t: t.sub.place_below(t.app.surface()), "wl_subsurface", wayland.WlSubsurface.error.bad_surface),
    ],
    ids=["twice", "a window", "itself", "a stranger"],
)
def test_wrong_relations(tree: Tree, make: Callable[[Tree], object], interface: str, code: int) -> None:
    make(tree)
    with pytest.raises(ClientError) as raised:
        tree.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface, int(code))


def test_circles(display: Display) -> None:
    app = display.app()
    first, second = app.surface(), app.surface()
    app.subcompositor.get_subsurface(first, second)
    app.subcompositor.get_subsurface(second, first)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert raised.value.code == int(_Sub.bad_parent)


def test_depth_is_limited(display: Display) -> None:
    app = display.app()
    parent = app.surface()
    for _ in range(40):
        child = app.surface()
        app.subcompositor.get_subsurface(child, parent)
        parent = child
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert raised.value.code == int(_Sub.bad_parent)


def test_depth_is_limited_from_below_as_well(display: Display) -> None:
    app = display.app()
    child = app.surface()
    for _ in range(40):
        parent = app.surface()
        app.subcompositor.get_subsurface(child, parent)
        child = parent
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert raised.value.code == int(_Sub.bad_parent)


def test_a_tree_is_looked_at_once_a_turn(tmp_path: Path) -> None:
    """However many of its surfaces have changed: else a hundred of them cost a hundred times a hundred looks."""
    display = Display(tmp_path, ("-c", _TREES))
    try:
        tree = Tree(display)
        children = [tree.add(tree.window.surface, 10, 20, 2) for _ in range(10)]
        for _child, sub in children:
            sub.set_desync()
        tree.window.surface.commit()
        other = Window(tree.app)
        tree.settle()
        tree.ui.auto_frames = False
        tree.app.show(other.surface, tree.app.pixels(30, 30, 3))
        tree.settle()
        region = tree.app.compositor.create_region()
        for child, _sub in children:
            child.set_input_region(region)
            child.commit()
        tree.settle()
        assert sum(state.input == () for state in tree.ui.states.values()) == len(children)
    finally:
        display.stop()


def chain(app: App, length: int) -> list[Object]:
    """Surfaces that carry one the next."""
    surfaces = [app.surface() for _ in range(length)]
    for parent, child in pairwise(surfaces):
        app.subcompositor.get_subsurface(child, parent)
    return surfaces


@pytest.mark.parametrize(
    ("upper", "lower", "allowed"), [(16, 17, True), (17, 17, False), (32, 1, True), (33, 1, False)]
)
def test_how_deep_a_tree_may_be(display: Display, upper: int, lower: int, allowed: bool) -> None:
    app = display.app()
    tops, bottoms = chain(app, upper), chain(app, lower)
    app.roundtrip()
    app.subcompositor.get_subsurface(bottoms[0], tops[-1])
    if allowed:
        app.roundtrip()
    else:
        with pytest.raises(ClientError, match="more than 32 levels"):
            app.roundtrip()


def test_a_tree_that_was_deep_once(display: Display) -> None:
    app = display.app()
    tops, bottoms = chain(app, 30), chain(app, 2)
    parts = [app.surface() for _ in range(20)]
    subsurfaces = [app.subcompositor.get_subsurface(below, above) for above, below in pairwise((bottoms[-1], *parts))]
    app.roundtrip()
    subsurfaces[1].destroy()
    app.subcompositor.get_subsurface(bottoms[0], tops[-1])
    app.roundtrip()
    app.subcompositor.get_subsurface(app.surface(), parts[0])
    with pytest.raises(ClientError, match="more than 32 levels"):
        app.roundtrip()


_BROAD = """
from berth.display import __main__, subsurface, updates, xdg_surface
def fail(surface):
    raise AssertionError("looked at all of it")
subsurface._height = xdg_surface._extents = fail
release = updates._release
def release_once(surface, seen=[]):
    assert surface not in seen
    seen.append(surface)
    release(surface)
updates._release = release_once
__main__.main()
"""


def test_a_broad_tree_is_not_looked_at_for_each_request(tmp_path: Path) -> None:
    display = Display(tmp_path, ("-c", _BROAD))
    try:
        tree = Tree(display)
        for _ in range(3):
            tree.sub.set_desync()
        tree.window.xdg.set_window_geometry(5, 5, 90, 70)
        tree.window.surface.commit()
        tree.settle()
        assert tree.ui.states[tree.root_number].geometry == (5, 5, 90, 70)
    finally:
        display.stop()
