"""All outputs: a window of the host for each, as many as were asked for or one on each of the host's screens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtQuick import QQuickView

from berth.core import arrangement, transform
from berth.core.arrangement import Side
from berth.core.messages import OutputChanged, OutputState, Rect
from berth.core.outputs import MOST_OUTPUTS, Direction, OutputSpec, arrange, leaves_room, overlap, row
from berth.core.problem import Problem
from berth.ui.host_window import HostWindow
from berth.ui.output import Output
from berth.ui.output_file import Identity, KeptOutputs
from berth.ui.output_message import as_it_was, describe

log = logging.getLogger(__name__)


class Outputs(QObject):
    """The first one is the primary.

    Args:
        new_window: makes the host's window for an output.
        load: fills it, when it has its size.
        changed: called after outputs came, went or have another size or scale; with True if windows have to
            follow at once.
        closed: called when the user closes the last one.
        full_screen: one on each of the host's screens, which come and go by themselves.
        kept: how the user has had outputs.

    Attributes:
        scaled, turned: told what an output has become when somebody has asked for it.
        failed: told what could not be kept.
        end_trial: takes back what the user tries, before anything else changes the outputs.
    """

    def __init__(
        self,
        new_window: Callable[[Output, Callable[[], None]], HostWindow],
        load: Callable[[Output], None],
        changed: Callable[[bool], None],
        closed: Callable[[], None],
        full_screen: bool,
        kept: KeptOutputs,
    ) -> None:
        super().__init__()
        self._new_window = new_window
        self._load = load
        self._changed = changed
        self._closed = closed
        self._screens: dict[str, QScreen] = {}
        self.full_screen = full_screen
        self.scaled: Callable[[float], None] = lambda _scale: None
        self.turned: Callable[[int], None] = lambda _turn: None
        self.failed: Callable[[Problem], None] = lambda _problem: None
        self.end_trial: Callable[[], None] = lambda: None
        self._kept = kept
        self.all: list[Output] = []
        self._came: list[Output] = []  # the same, as they came
        self._wanted: dict[str, Rect] = {}  # where the user wants them and how large each was then; none, or each
        self._gone: list[Output] = []
        if full_screen:
            application = QGuiApplication.instance()
            assert isinstance(application, QGuiApplication)
            application.screenAdded.connect(self._screen_added)
            application.screenRemoved.connect(self._screen_removed)

    def open(self, specs: Sequence[OutputSpec]) -> None:
        """Make the first outputs; nothing is shown before `show`."""
        if self.full_screen:
            primary = QGuiApplication.primaryScreen()
            for screen in sorted(QGuiApplication.screens(), key=lambda screen: screen is not primary):
                self._on_screen(screen, specs[0])
        else:
            for spec in specs:
                self._in_window(self._free_name(), spec, as_kept=True)
        self._recall()
        self._arrange()

    def show(self) -> None:
        for output in self.all:
            self._show(output)
        first = self.all[0].window
        if first is not None:
            first.requestActivate()

    def close(self) -> None:
        for output in self.all:
            self._discard(output)
        self.all.clear()
        self._came.clear()

    # --- what can be asked for

    def get(self, name: str) -> Output:
        """Raises `Problem` if there is no such output."""
        found = next((output for output in self.all if output.name == name), None)
        if found is None:
            raise Problem("no-output", f"There is no output “{name}”.", "List them with: berth outputs")
        return found

    def plug(self, spec: OutputSpec) -> Output:
        """One more output in a window. Raises `Problem` where the host's screens are the outputs."""
        self._check_ours()
        if len(self.all) >= MOST_OUTPUTS:
            raise Problem("too-many-outputs", f"There are {MOST_OUTPUTS} outputs at most.")
        self.end_trial()
        output = self._in_window(self._free_name(), spec, as_kept=True)
        self._recall()
        self._arrange()
        self._show(output)
        return output

    def unplug(self, name: str) -> None:
        self._check_ours()
        output = self.get(name)
        if len(self.all) == 1:
            raise Problem("last-output", "The last output cannot be removed.")
        self.end_trial()
        self._remove(output)

    def set_scale(self, name: str, scale: float) -> None:
        """Pixels per logical pixel from now on; 0 = as the host has it."""
        output = self.get(name)
        before = output.looks.scale
        output.wanted_scale = scale
        self._arrange()
        if output.looks.scale != before:
            self.scaled(output.looks.scale)

    def set_transform(self, name: str, turn: int) -> None:
        """Turn what is on an output, besides what the host does: a `wl_output.transform`."""
        output = self.get(name)
        before = output.looks.transform
        output.look(transform=turn)
        self._arrange()
        if turn != before:
            self.turned(turn)

    def turn(self, name: str, quarters: int) -> None:
        """Turn it on from how it stands, counter-clockwise."""
        self.set_transform(name, transform.both(self.get(name).looks.transform, quarters & 3))

    def set_position(self, name: str, corner: tuple[int, int]) -> None:
        """Let the corner of an output be there. Raises `Problem` if it would not lie beside another one."""
        names = [output.name for output in self.all]
        self._place(name, lambda rects, index: arrangement.put(rects, index, corner, names))

    def set_beside(self, name: str, side: Side, other: str) -> None:
        """Let an output lie next to another one. Raises `Problem` if that is none."""
        reference = self.all.index(self.get(other))
        if name == other:
            raise Problem("bad-position", f"“{name}” cannot lie beside itself.", "List them with: berth outputs")
        self._place(name, lambda rects, index: arrangement.beside(rects, index, side, reference))

    def step(self, name: str, direction: Direction) -> None:
        """Let an output lie beyond the next one in a direction."""
        self._place(name, lambda rects, index: arrangement.stepped(rects, index, direction))

    def forget_places(self) -> None:
        """Let all lie where they would if the user had placed none; what is kept stays."""
        self._wanted = {}
        self._arrange()

    def _place(self, name: str, change: Callable[[list[Rect], int], list[Rect]]) -> None:
        index = self.all.index(self.get(name))
        rects = change([output.rect for output in self.all], index)
        self._wanted = {output.name: rect for output, rect in zip(self.all, rects, strict=True)}
        self._arrange()

    def keep(self, name: str, *, scale: bool = False, transform: bool = False, arrangement: bool = False) -> None:
        """Have an output the same way whenever it is there, and all of them lie the same way and have the same
        primary whenever they are there together. Raises `Problem` ``write-failed``."""
        output = self.get(name)
        wanted = 0.0 if output.looks.scale == self.usual_scale(output) else output.wanted_scale
        self._kept.keep(
            self._identity(output),
            self._there(),
            scale=wanted if scale else None,
            transform=output.looks.transform if transform else None,
        )
        if arrangement:
            there, places = self._identities(), [self._wanted.get(one.name) for one in self.all]
            self._kept.arrange(there, places, None if self.all[0] is self._usual_primary() else 0)

    def keep_or_tell(
        self, name: str, *, scale: bool = False, transform: bool = False, arrangement: bool = False
    ) -> None:
        """`keep`; `failed` is told if that is not possible."""
        try:
            self.keep(name, scale=scale, transform=transform, arrangement=arrangement)
        except Problem as problem:
            self.failed(problem)

    def reset(self, name: str) -> None:
        """As it would be if the user had set nothing; what is kept stays."""
        self.set_scale(name, self.get(name).usual_scale)
        self.set_transform(name, 0)

    def state(self, output: Output) -> OutputState:
        """How the user has it now."""
        looks = output.looks
        return OutputState(output.wanted_scale, looks.transform, self._wanted.get(output.name), looks.primary)

    def restore(self, states: Mapping[str, OutputState]) -> None:
        """Have outputs as they were, by name."""
        for output in self.all:
            if output.name in states:
                output.wanted_scale = states[output.name].scale
                output.look(transform=states[output.name].transform)
        self._want({name: state.place for name, state in states.items()})
        self.all.sort(key=lambda output: output.name not in states or not states[output.name].primary)
        self._arrange()

    def tell(self) -> None:
        """Whether something is on trial may be otherwise now."""
        self._changed(False)

    def size(self, output: Output) -> tuple[int, int]:
        """In pixels, as the host has it."""
        window = output.window
        assert window is not None
        ratio = window.devicePixelRatio()
        return round(window.width() * ratio), round(window.height() * ratio)

    def usual_scale(self, output: Output) -> float:
        """Pixels per logical pixel if the user had set nothing."""
        assert output.window is not None
        return output.usual_scale or output.window.devicePixelRatio()

    def title(self, output: Output) -> str:
        """What people know the screen by, or empty."""
        return " ".join(word for word in self._identity(output)[1:3] if word)

    def set_primary(self, name: str) -> None:
        output = self.get(name)
        self.all.remove(output)
        self.all.insert(0, output)
        self._arrange()

    def adopt(self, before: Sequence[OutputChanged]) -> None:
        """Be as an earlier ui left the outputs. What was on trial there goes back: its question is gone."""
        known = {output.name: output for output in self.all}
        wishes = {message.name: message.before or as_it_was(message) for message in before}
        if not self.full_screen and before:
            for message in before:
                wish = wishes[message.name]
                output = known.pop(message.name, None)
                upright = round(message.width * message.scale), round(message.height * message.scale)
                size = transform.turned(*upright, message.turned)
                if output is None:
                    self._show(self._in_window(message.name, OutputSpec(*size, wish.scale), wish.transform))
                elif output.window is not None:
                    output.wanted_scale = wish.scale
                    output.look(transform=wish.transform)
                    self._resize(output, size)
            for output in known.values():
                self._drop(output)
            self._want({name: wish.place for name, wish in wishes.items()})
        else:
            for name, output in known.items():
                if name in wishes:
                    output.wanted_scale = wishes[name].scale
                    output.look(transform=wishes[name].transform)
        order = {name: (not wish.primary, place) for place, (name, wish) in enumerate(wishes.items())}
        self.all.sort(key=lambda output: order.get(output.name, (True, len(order))))
        self._arrange(at_once=True)

    def _check_ours(self) -> None:
        if self.full_screen:
            raise Problem("host-outputs", "The outputs are the screens of the host.", "Plug and unplug them there.")

    # --- what the user has chosen before

    def _identity(self, output: Output) -> Identity:
        screen = self._screens.get(output.name)
        return Identity(output.name) if screen is None else _identity(output.name, screen)

    def _identities(self) -> list[Identity]:
        return [self._identity(output) for output in self.all]

    def _there(self) -> list[Identity]:
        """All of the host's, those included that have no output yet."""
        return [_identity(screen.name(), screen) for screen in QGuiApplication.screens()] if self.full_screen else []

    def _as_kept(self, output: Output, size: tuple[int, int]) -> None:
        """What was asked for at the start counts more, and what would leave no room counts nothing."""
        kept = self._kept.find(self._identity(output), self._there())
        if kept is None:
            return
        output.look(transform=kept.transform)
        if not output.usual_scale and leaves_room(size, kept.scale):
            output.wanted_scale = kept.scale

    def _usual_primary(self) -> Output:
        screen = QGuiApplication.primaryScreen()
        return next((output for output in self._came if self._screens.get(output.name) is screen), self._came[0])

    def _recall(self) -> None:
        """Outputs came or went: those that are there lie as they did when they were there together before."""
        found = self._kept.arranged(self._identities())
        if found is not None:
            self._want({output.name: one.place for output, one in zip(self.all, found, strict=True)})
            usual = self._usual_primary()
            first = next((output for output, one in zip(self.all, found, strict=True) if one.primary), usual)
            self.all.sort(key=lambda output: output is not first)
        elif self._wanted:
            places = self._wanted_places([one.rect[2:] for one in self.all])
            self._wanted = {one.name: place for one, place in zip(self.all, places, strict=True)}

    def _wanted_places(self, sizes: list[tuple[int, int]]) -> list[Rect]:
        """Whoever has just come lies to the right of all that have a place."""
        end = max(rect[0] + rect[2] for rect in self._wanted.values())
        return [self._wanted.get(one.name, (end, 0, *size)) for one, size in zip(self.all, sizes, strict=True)]

    def _want(self, places: Mapping[str, Rect | None]) -> None:
        """Where the user wants outputs, if that is known of each."""
        known = {output.name: place for output in self.all if (place := places.get(output.name)) is not None}
        self._wanted = known if len(known) == len(self.all) else {}

    # --- windows

    def _in_window(self, name: str, spec: OutputSpec, turn: int = 0, *, as_kept: bool = False) -> Output:
        output = self._add(name)
        output.wanted_scale = output.usual_scale = spec.scale
        output.look(transform=turn)
        if as_kept:
            self._as_kept(output, spec[:2])
        self._resize(output, (spec.width, spec.height))
        self._fill(output)
        return output

    def _fill(self, output: Output) -> None:
        """Load the shell into a window that has its size: what panels leave has to be known before it is shown."""
        assert output.window is not None
        zoom = (output.wanted_scale or 1.0) / (output.window.devicePixelRatio() if output.wanted_scale else 1.0)
        output.rect = (0, 0, *_size(output, zoom))
        output.look(zoom=zoom)
        self._load(output)

    def _resize(self, output: Output, size: tuple[int, int]) -> None:
        assert output.window is not None
        ratio = output.window.devicePixelRatio()
        output.window.resize(round(size[0] / ratio), round(size[1] / ratio))

    def _add(self, name: str) -> Output:
        output = Output(name, parent=self)
        window = self._new_window(output, lambda: self._window_closed(output))
        output.window = window
        for signal in (window.widthChanged, window.heightChanged, window.screenChanged):
            signal.connect(lambda *_: self._arrange())
        output.usableChanged.connect(lambda: self._changed(False))
        self.all.append(output)
        self._came.append(output)
        return output

    def _show(self, output: Output) -> None:
        window = output.window
        assert window is not None
        screen = self._screens.get(output.name)
        if screen is None:
            if len(self.all) > 1:
                # Where nobody else places windows they shall not cover each other.
                window.setX(sum(other.window.width() for other in self._before(output) if other.window is not None))
            window.show()
        else:
            window.setScreen(screen)
            window.setGeometry(screen.geometry())
            window.showFullScreen()

    def _before(self, output: Output) -> list[Output]:
        return self.all[: self.all.index(output)]

    def _window_closed(self, output: Output) -> None:
        if output not in self.all:
            return
        if self.full_screen or len(self.all) == 1:
            self._closed()
        else:
            self.end_trial()
            self._remove(output)

    def _remove(self, output: Output) -> None:
        self._drop(output)
        self._recall()
        self._arrange(at_once=True)

    def _drop(self, output: Output) -> None:
        self.all.remove(output)
        self._came.remove(output)
        self._screens.pop(output.name, None)
        self._gone.append(output)

    def _discard(self, output: Output) -> None:
        window = output.window
        if isinstance(window, QQuickView):
            # Its items refer to the output.
            window.setSource(QUrl())
            window.close()
            window.deleteLater()
        output.deleteLater()

    def _free_name(self) -> str:
        used = {output.name for output in self.all}
        return next(name for n in range(1, len(used) + 2) if (name := f"BERTH-{n}") not in used)

    # --- screens of the host

    def _on_screen(self, screen: QScreen, spec: OutputSpec) -> Output:
        name = base = screen.name() or "screen"
        number = 2
        while any(output.name == name for output in self.all):
            name, number = f"{base}-{number}", number + 1
        output = self._add(name)
        output.wanted_scale = output.usual_scale = spec.scale
        self._screens[name] = screen
        for signal in (screen.geometryChanged, screen.orientationChanged, screen.refreshRateChanged):
            signal.connect(lambda *_: self._arrange())
        assert output.window is not None
        output.window.setScreen(screen)
        output.window.setGeometry(screen.geometry())
        self._as_kept(output, self.size(output))
        self._fill(output)
        return output

    def _screen_added(self, screen: QScreen) -> None:
        self.end_trial()
        placeholders = [output for output in self.all if not self._alive(output)]
        output = self._on_screen(screen, OutputSpec(0, 0, 0.0))
        for placeholder in placeholders:
            self._drop(placeholder)
        self._recall()
        self._arrange(at_once=True)
        self._show(output)

    def _alive(self, output: Output) -> bool:
        return output.name in self._screens

    def _screen_removed(self, screen: QScreen) -> None:
        output = next((output for output in self.all if self._screens.get(output.name) is screen), None)
        if output is None:
            return
        if len(self.all) == 1:
            # Nothing to go to: it waits, unseen, for the next screen.
            del self._screens[output.name]
            return
        self.end_trial()
        self._remove(output)

    # --- places

    def _arrange(self, at_once: bool = False) -> None:
        """Where the outputs lie and at which scale, after anything of it may have changed."""
        sizes = []
        for place, output in enumerate(self.all):
            window = output.window
            assert window is not None
            ratio = window.devicePixelRatio()
            zoom = output.wanted_scale / ratio if output.wanted_scale else 1.0
            output.look(primary=place == 0, zoom=zoom, scale=zoom * ratio)
            sizes.append(_size(output, zoom))
        for output, rect in zip(self.all, self._rects(sizes), strict=True):
            output.rect = rect
        self._changed(at_once)
        if at_once:
            for gone in self._gone:
                # Only now has every window moved away.
                self._discard(gone)
            self._gone.clear()

    def _rects(self, sizes: list[tuple[int, int]]) -> list[Rect]:
        if self._wanted:
            return arrangement.resized(self._wanted_places(sizes), sizes)
        screens = [screen for output in self.all if (screen := self._screens.get(output.name)) is not None]
        places = [_place(screen) for screen in screens]
        covered = any(overlap(one, other) for index, one in enumerate(places) for other in places[:index])
        if covered or len(places) < len(self.all):
            return self._row(sizes)
        same = sizes == [place[2:] for place in places]
        return arrange(places) if same else arrangement.resized(places, sizes)

    def _row(self, sizes: list[tuple[int, int]]) -> list[Rect]:
        """From left to right as they came, whichever is the primary one."""
        by_name = dict(zip((output.name for output in self.all), sizes, strict=True))
        rects = row([by_name[output.name] for output in self._came])
        return [rects[self._came.index(output)] for output in self.all]

    def describe(self, output: Output) -> OutputChanged:
        """What the display server has to know."""
        return describe(output, self._screens.get(output.name))


def _size(output: Output, zoom: float) -> tuple[int, int]:
    """In logical pixels, as it is looked at."""
    assert output.window is not None
    width, height = transform.turned(output.window.width(), output.window.height(), output.looks.transform)
    return max(round(width / zoom), 1), max(round(height / zoom), 1)


def _place(screen: QScreen) -> Rect:
    place = screen.geometry()
    return place.x(), place.y(), place.width(), place.height()


def _identity(name: str, screen: QScreen) -> Identity:
    return Identity(name, screen.manufacturer(), screen.model(), screen.serialNumber())
