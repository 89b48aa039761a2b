"""Every kind of app, every function: real programs in their containers, used through the desktop.

``--matrix-pictures DIR`` keeps a picture of each cell.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.compile import WAYLAND_SOCKET
from berth.core.permissions import CLIPBOARD_MANAGER
from berth.engine.images.sources import host_suite
from tests.matrix import edges
from tests.matrix.apps import APPS, FUNCTIONS, PARTNER, App
from tests.matrix.clipboard import Clipboard
from tests.matrix.hands import APART, LEFT, RIGHT, TEXT, WORD, Hands, Partner, Used, save
from tests.matrix.holder import Holder, picture
from tests.matrix.table import PAGE, page
from tests.picture import Picture, Rect
from tests.session.desktop import Desktop, given_until_it_comes, wait_until

# Tooltips at five places, up to three times each, of toolkits that take their time.
pytestmark = pytest.mark.timeout(600)

ROOT = Path(__file__).parents[2]
SCREEN = (1280, 800)
TYPED = "zyäß"
COLOUR = (210, 30, 140)
PICTURE = (200, 150)
_LOOKS = 3
_COPIED = "from the partner"
_BESIDE = (1230, 100, 30, 580)
"""A part of the screen that no window lies over unless it fills the screen."""
_AGAIN_SECONDS = 10.0
_SHOWN = 4_000
"""Pixels that change when a menu or a toolbar comes or goes; the title of a menu that is yet to come has fewer."""
CELLS = [pytest.param(app, name, id=f"{app.name}-{name}") for app in APPS for name in FUNCTIONS]


class Bench:
    """One desktop, the partner, and the app whose row is being worked on."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.hands = Hands(desktop)
        for app in ("org.mozilla.firefox", "org.chromium.Chromium"):
            desktop.run("permissions", app, "network", "deny")
        desktop.run("permissions", PARTNER.id, CLIPBOARD_MANAGER, "allow")
        self._partner: Partner | None = None
        self._clipboard: Clipboard | None = None
        self._used: Used | None = None

    @property
    def partner(self) -> Partner:
        if self._partner is None:
            self._partner = Partner(self.hands, PARTNER, RIGHT)
        return self._partner

    @property
    def clipboard(self) -> Clipboard:
        if self._clipboard is None:
            self._clipboard = Clipboard(self.desktop.paths.instances / self.partner.instance / WAYLAND_SOCKET)
        return self._clipboard

    def copy_all(self, used: Used) -> str:
        """All of an app's text, as it comes to the partner."""
        used.copy_all(self.clipboard)
        return self.partner.paste_all()

    def close(self) -> None:
        if self._clipboard is not None:
            self._clipboard.close()
        self.hands.close()
        self.desktop.end()

    def used(self, app: App) -> Used:
        if self._used is None or self._used.app is not app:
            self.end()
            self._used = Used(self.hands, app, LEFT)
        return self._used

    def end(self) -> None:
        if self._used is not None:
            used, self._used = self._used, None
            if any(i["instance"] == used.instance for i in self.desktop.json("ps")):
                used.close()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="bt-", dir="/tmp") as base:
        environment = {"XKB_DEFAULT_LAYOUT": "de", "BERTH_MANIFESTS": str(_manifests(Path(base)))}
        name, size = f"matrix-{os.getpid()}", "{}x{}".format(*SCREEN)
        bench = Bench(Desktop(name, Path(base), size=size, environment=environment))
        try:
            yield bench
        finally:
            bench.close()


def _manifests(base: Path) -> Path:
    """Those of the checkout, with a partner that may have somebody listen to the clipboard."""
    made = base / "manifests"
    shutil.copytree(ROOT / "app-manifests", made)
    with (made / f"{PARTNER.id}.toml").open("a") as file:
        file.write(f'\n[[permission]]\nname = "{CLIPBOARD_MANAGER}"\nreason = "To hear of what is copied."\n')
    return made


@pytest.mark.parametrize(("app", "function"), CELLS)
def test_cell(bench: Bench, app: App, function: str, request: pytest.FixtureRequest) -> None:
    if function in app.lacks:
        pytest.skip(app.lacks[function])
    if app.xpra and host_suite() != "bookworm":
        pytest.skip("of Debian's suites bookworm alone has Xpra")
    used = bench.used(app)
    bench.hands.kept = b""
    # Notices stay for seconds, and what they cover changes when they go.
    bench.hands.press("super+n")
    try:
        _CHECKS[function](bench, used)
    except BaseException:
        bench.hands.keep()
        # Where its window, its menus and its text are now would be the next cell's trouble.
        bench.end()
        raise
    finally:
        directory = request.config.getoption("--matrix-pictures")
        if directory:
            if not bench.hands.kept:
                bench.hands.keep()
            save(bench.hands.kept, Path(directory) / f"{app.id}-{function}.png")


# --- one function each


def close(bench: Bench, used: Used) -> None:
    bench.hands.ask(m.WindowAction(used.window, "close"))
    wait_until(lambda: all(i["instance"] != used.instance for i in bench.desktop.json("ps")), "the app to end", 20)
    bench.end()
    bench.used(used.app)


def title(bench: Bench, used: Used) -> None:
    wait_until(lambda: used.app.title in used.info.title, f"{used.app.title!r} in {used.info.title!r}")


def draws(bench: Bench, used: Used) -> None:
    used.drawn()


def resizes(bench: Bench, used: Used) -> None:
    hands = bench.hands
    hands.ask(m.WindowAction(used.window, "minimize"))
    behind = hands.still()
    used.focus()
    # From the last of them it is far to its place: nobody takes that for reached who may be off by a letter.
    for width, height in ((620, 560), (600, 640), (560, 480)):
        used.resize(width, height)
        picture = hands.still()
        x, y, now_width, now_height = used.area
        for strip in ((x + now_width - 8, y + 20, 6, now_height - 40), (x + 20, y + now_height - 8, now_width - 40, 6)):
            assert picture.changed(behind, strip) > 0.9 * strip[2] * strip[3], f"content does not reach {strip}"
    used.put(LEFT)


def scrolls(bench: Bench, used: Used) -> None:
    hands = bench.hands
    used.focus()
    if used.app.terminal:
        hands.type("clear; seq 300\n")
    before = hands.still(used.window)
    x, y = used.at((300, 400))
    hands.hover(x, y)
    hands.ask(m.InputScroll(x, y, 0, -8 if used.app.terminal else 8))
    wait_until(lambda: hands.still(used.window).changed(before) > 500, "the text to move")


def menus(bench: Bench, used: Used) -> None:
    hands = bench.hands
    area = edges.usable(hands)
    hands.click(*used.at(used.app.text))
    if "menus" in used.app.partly:
        before = hands.still()
        hands.ask(m.WindowAction(used.window, "maximize"))
        # Its state is told before the app has drawn it.
        wait_until(
            lambda: hands.look().changed(before, _BESIDE) > 0.9 * _BESIDE[2] * _BESIDE[3],
            "the window to fill the screen",
        )
        points = _corners(used)
    else:
        where = used.app.menu if any(used.app.menu) else used.app.text
        points = {place: partial(edges.bring, used, where, place) for place in edges.PLACES[1:]}
    found: dict[str, Rect] = {}
    clicked: dict[str, edges.Point] = {}
    for _ in range(_LOOKS):
        for place in edges.odd(found) if found else tuple(points):
            clicked[place] = points[place]()
            found[place] = edges.menu(used, clicked[place])
    for place, menu in found.items():
        point, near = clicked[place], 40
        assert menu[0] - near <= point[0] <= menu[0] + menu[2] + near, f"{menu} is not at {point}"
        assert menu[1] - near <= point[1] <= menu[1] + menu[3] + near, f"{menu} is not at {point}"
    edges.check(found, area)
    used.put(LEFT)


def _corners(used: Used) -> dict[str, Callable[[], edges.Point]]:
    """Points in the corners of a window that fills the screen."""
    x, y, width, height = used.area
    across, down = (x + 60, x + width - 90), (y + used.app.text[1] + 40, y + height - 90)
    return {f"corner {n}": partial(lambda *point: point, *point) for n, point in enumerate(product(across, down))}


def tooltips(bench: Bench, used: Used) -> None:
    hands, app = bench.hands, used.app
    area = edges.usable(hands)
    inside_x = app.kind.startswith("X11")
    places: tuple[str, ...] = ("middle", "left", "top", "right", "bottom")
    if "tooltips" in app.partly:
        places = places[:1] if inside_x else places[:3]
    _reveal(used)
    control = (app.tip[0] + app.tip[2] // 2, app.tip[1] + app.tip[3] // 2)
    found: dict[str, Rect] = {}
    for _ in range(_LOOKS):
        for place in edges.odd(found) if found else places:
            edges.bring(used, control, place)
            found[place] = edges.tooltip(used, app.tip, partial(_rest, used, control))
    edges.check(found, used.area if inside_x else area)
    used.put(LEFT)
    _reveal(used)


def _reveal(used: Used) -> None:
    """Bring the control with the tooltip to light, or hide it again."""
    used.focus()
    for step in used.app.reveal:
        before = used.hands.still()
        if isinstance(step, str):
            used.hands.press(step)
        else:
            used.hands.click(*used.at(step))
            # A menu has to be there before something in it is clicked.
            wait_until(partial(_is_other, used, before), f"a click at {step} to show something")
        used.hands.still()


def _is_other(used: Used, before: Picture) -> bool:
    return used.hands.look().changed(before) > _SHOWN


def _rest(used: Used, control: edges.Point) -> edges.Point:
    """Where the pointer waits on the screen before it goes to a control of the window."""
    for rest in used.app.rests:
        x, y = used.at(rest)
        if 0 < x < SCREEN[0]:
            # Toolbars that slide in do so at the window's edge.
            used.hands.hover(x, used.area[1] + 4)
            used.hands.still()
            return x, y
    return SCREEN[0] // 2, 500 if used.at(control)[1] < SCREEN[1] // 2 else 200


def types(bench: Bench, used: Used) -> None:
    hands = bench.hands
    if used.app.terminal:
        used.focus()
        file = used.home / "typed"
        file.unlink(missing_ok=True)
        hands.press("ctrl+u")
        hands.type("clear; cat > typed\n")
        hands.type(TYPED)
        hands.press("dead_acute", "e", "Return", "ctrl+d")
        wait_until(
            lambda: file.exists() and file.read_text().strip() == TYPED + "é",
            lambda: f"the letters in the file, which has {file.read_bytes() if file.exists() else None!r}",
        )
        return
    used.caret()
    hands.type(TYPED)
    hands.still(used.window)
    hands.press("dead_acute", "e", "dead_circumflex", "a")
    hands.still(used.window)
    assert TYPED + "éâ" in bench.copy_all(used)


def copies(bench: Bench, used: Used) -> None:
    if used.app.pictures:
        with _pasted_picture(bench, used) as holder:
            bench.hands.press("ctrl+a", "ctrl+c")
            wait_until(holder.replaced, "the copy")
            came = holder.paste()
        assert came.colours((0, 0, *PICTURE)) == {COLOUR: PICTURE[0] * PICTURE[1]}
        return
    if used.app.word:
        wait_until(partial(_comes_of_field, bench, used, used.app.word), "the word in the field", 60)
        return
    if used.app.terminal:
        clipboard = bench.clipboard
        used.mark_word()
        clipboard.after(lambda: bench.hands.press(used.app.keys[1]))
        assert bench.partner.paste_all().strip() == WORD
        return
    assert "line 199 of the sample" in bench.copy_all(used)


@contextmanager
def _pasted_picture(bench: Bench, used: Used) -> Iterator[Holder]:
    """The app has made a new picture of one that was copied elsewhere; it ends afterwards."""
    holder = Holder(bench.hands)
    try:
        holder.copy(picture(COLOUR, PICTURE))
        used.focus()
        bench.hands.still(used.window)
        pressed = 0.0

        def shown() -> bool:
            nonlocal pressed
            if time.monotonic() - pressed > _AGAIN_SECONDS:
                # An app that has just come may still be busy with itself.
                bench.hands.press(used.app.pictures)
                pressed = time.monotonic()
            holder.serve()
            x, y, width, height = used.area
            return bench.hands.look().colours((x, y, width, height))[COLOUR] > PICTURE[0] * PICTURE[1] // 2

        wait_until(shown, "the picture in the app", 90)
        bench.hands.keep()
        yield holder
    finally:
        holder.close()
        bench.end()


def _comes_of_field(bench: Bench, used: Used, text: str) -> bool:
    """Whether that is copied from the app's field; an app that is busy may take the pointer to be elsewhere yet."""
    before, asked = bench.clipboard.heard("selection"), time.monotonic()
    _in_field(used, "ctrl+c")
    while bench.clipboard.heard("selection") == before:
        if time.monotonic() - asked > _AGAIN_SECONDS:
            return False
        time.sleep(0.05)
    return bench.partner.paste_all() == text


def _in_field(used: Used, *keys: str) -> None:
    """Press keys while the pointer is on the app's field."""
    for key in used.app.reveal:
        assert isinstance(key, str)
        used.focus()
        used.hands.press(key)
    used.hands.still(used.window)
    used.hands.hover(*used.at(used.app.entry))
    used.hands.still(used.window)
    used.hands.press(*keys)
    used.hands.still(used.window)


def pastes(bench: Bench, used: Used) -> None:
    if used.app.pictures:
        with _pasted_picture(bench, used):
            return
    if used.app.word:
        _copy_in_partner(bench)
        _in_field(used, "ctrl+v")
        wait_until(partial(_comes_of_field, bench, used, _COPIED), "the text in the field", 60)
        return
    if used.app.terminal:
        _copy_in_partner(bench)
        used.caret()
        with _into_file(bench, used, "pasted") as file:
            given_until_it_comes(
                lambda: bench.hands.press(used.app.keys[2]), lambda: file.read_text() == _COPIED, used.said
            )
        return

    def paste() -> None:
        _copy_in_partner(bench)
        used.caret()
        bench.hands.press(used.app.keys[2])

    _given_again(paste, lambda: bench.copy_all(used).startswith(_COPIED), used)


def _copy_in_partner(bench: Bench) -> None:
    bench.partner.empty()
    bench.hands.type(_COPIED)
    bench.hands.press("ctrl+a")
    bench.clipboard.after(lambda: bench.hands.press("ctrl+c"))


def primary(bench: Bench, used: Used) -> None:
    bench.partner.empty()

    bench.clipboard.after(used.mark_word, "primary_selection")
    came = bench.partner.comes(lambda: bench.hands.click(*bench.partner.at((100, 200)), "middle"))
    assert _of_the_sample(came), f"{came!r} came"


def drags(bench: Bench, used: Used) -> None:
    bench.partner.empty()
    x, y = used.mark_word()
    partner = bench.partner
    came = partner.comes(lambda: bench.hands.drag((x + APART, y), partner.at((100, 200)), partner.window))
    assert _of_the_sample(came), f"{came!r} came"


def dropped(bench: Bench, used: Used) -> None:
    if used.app.terminal:
        _write_in_partner(bench)
        used.caret()
        with _into_file(bench, used, "dropped") as file:
            given_until_it_comes(lambda: _drop_all(bench, used), lambda: file.read_text() == "dropped here", used.said)
        return

    def drop() -> None:
        _write_in_partner(bench)
        used.caret()
        _drop_all(bench, used)

    _given_again(drop, lambda: "dropped" in bench.copy_all(used), used)


def _write_in_partner(bench: Bench) -> None:
    bench.partner.empty()
    bench.hands.type("dropped here")


def _given_again(give: Callable[[], object], came: Callable[[], bool], used: Used) -> None:
    """Paste or drop until it is there: it comes in the app's own time, and apps give up a source that is held up, Qt's
    after a second, most of them without a word."""
    given = 0.0

    def there() -> bool:
        nonlocal given
        if time.monotonic() - given > _AGAIN_SECONDS:
            give()
            used.hands.still(used.window)
            given = time.monotonic()
        return came()

    wait_until(there, f"the text in {used.app.id}")


def _drop_all(bench: Bench, used: Used) -> None:
    """Drag all of the partner's text into the app."""
    partner = bench.partner
    partner.focus()
    x, y = partner.at(partner.app.text)
    bench.hands.click(x, y + APART)
    bench.hands.press("ctrl+a")
    bench.hands.drag((x, y), used.at(used.app.text), used.info.window)
    bench.hands.still(used.window)


@contextmanager
def _into_file(bench: Bench, used: Used, name: str) -> Iterator[Path]:
    """What comes into the terminal is in that file of its home.

    Character by character: a key after what is pasted, or dropped, may come before that.
    """
    file = used.home / name
    bench.hands.press("ctrl+u")
    bench.hands.type(f"clear; stty -icanon; cat > {name}\n")
    wait_until(file.exists, "the file")
    yield file
    used.focus()
    bench.hands.press("ctrl+c")
    bench.hands.type("stty icanon\n")


def cursor(bench: Bench, used: Used) -> None:
    hands = bench.hands
    # Marked text could be taken up, and has the arrow.
    used.caret()

    def looks(point: tuple[int, int]) -> tuple[str, int, int]:
        hands.hover(*used.at(point))
        hands.still(used.window)
        pointer = hands.pointer()
        return pointer.cursor, pointer.hotspot_x, pointer.hotspot_y

    x, y = used.app.text
    wait_until(lambda: looks((x + 100, y + 100)) != looks(used.app.other), "the cursor to change", 10)


def fullscreen(bench: Bench, used: Used) -> None:
    before, panel = used.area, bench.hands.still()
    bench.hands.ask(m.WindowAction(used.window, "fullscreen"))
    slack = used.app.tolerance
    wait_until(lambda: _differs(used.area, (0, 0, *SCREEN)) <= slack, f"the whole screen, it is {used.area}", 20)
    bottom = (0, SCREEN[1] - 40, SCREEN[0], 40)
    wait_until(
        lambda: bench.hands.look().changed(panel, bottom) > 0.9 * bottom[2] * bottom[3], "the panel to be covered"
    )
    bench.hands.ask(m.WindowAction(used.window, "restore"))
    wait_until(lambda: _differs(used.area, before) <= slack, f"{before} again, it is {used.area}", 20)


def minimises(bench: Bench, used: Used) -> None:
    hands = bench.hands
    used.focus()
    # Full screen a moment ago, an X server that is busy may draw once more as large as that.
    wait_until(lambda: _differs(used.area, used.place) <= used.app.tolerance, f"{used.place}, it is {used.area}", 20)
    before, area = hands.still(), used.area
    size = area[2] * area[3]
    hands.ask(m.WindowAction(used.window, "minimize"))
    wait_until(lambda: used.info.minimized and hands.look().changed(before, area) > 0.5 * size, "the window to go")
    without = hands.still()
    used.focus()
    # Not as it was: what had come full screen to an app that draws slowly, it may only now draw smaller again.
    wait_until(lambda: hands.look().changed(without, area) > 0.9 * size, "the window to be back")
    used.drawn()
    assert _differs(used.area, area) <= used.app.tolerance, f"{used.area} was {area}"


_CHECKS = {
    check.__name__: check
    for check in (
        close, title, draws, resizes, scrolls, menus, tooltips, types, copies, pastes, primary, drags, dropped, cursor,
        fullscreen, minimises,
    )
}  # fmt: skip


def _of_the_sample(text: str) -> bool:
    """Whether a word of the sample has come: which line is under the pointer, the app's margins decide."""
    return bool(text.strip()) and text.strip() in TEXT


def _differs(one: Rect, other: Rect) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def test_the_table_in_the_docs_is_of_now() -> None:
    """Written by ``python -m tests.matrix.table``."""
    assert page() == PAGE.read_text()
