"""The on-screen keyboard with the real ui and display server: what apps hear of it, and what makes room for it."""

from __future__ import annotations

from pywayland.protocol import wayland
from pywayland.protocol.text_input_unstable_v3 import ZwpTextInputManagerV3

from berth.core.messages import (
    ChangeScreenKeyboard,
    InputClick,
    InputKey,
    InputTouch,
    OpenLauncher,
    ScreenKeyboardInfo,
)
from berth.core.permissions import INPUT_METHOD, VIRTUAL_INPUT
from berth.display.input_method import ZwpInputMethodManagerV2
from tests.display.shapes import Popup, Window
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_captures import grim, needs_grim
from tests.ui.test_scene_input import GREEN, Hands, fill, hands  # noqa: F401

SHIFT, A, B = 42, 30, 48


def keyboard(session: Session, action: str = "") -> ScreenKeyboardInfo:
    found = session.call(ChangeScreenKeyboard(action))  # type: ignore[arg-type]
    assert isinstance(found, ScreenKeyboardInfo)
    return found


def touch(session: Session, *names: str) -> None:
    """Put a finger on keys, one after the other."""
    for name in names:
        session.picture()
        places = {key.name: key.rect for key in keyboard(session).keys}
        x, y, width, height = places[name]
        session.input(InputTouch(((x + width // 2, y + height // 2),)))


def codes(hands: Hands) -> list[tuple[int, int]]:  # noqa: F811
    return [event.arguments[2:] for event in hands.keyboard.named("key")]


def test_apps_get_real_keys_and_keep_the_focus(hands: Hands) -> None:  # noqa: F811
    session = hands.session
    hands.app.until(lambda: hands.keyboard.named("enter"))
    assert not keyboard(session).shown
    shown = keyboard(session, "show")
    assert (shown.shown, shown.mode, shown.layout, shown.page) == (True, "auto", "English (US)", "letters")
    touch(session, "k30", "shift", "k48", "enter")
    hands.app.until(lambda: len(codes(hands)) == 8)
    assert codes(hands) == [(A, 1), (A, 0), (SHIFT, 1), (B, 1), (B, 0), (SHIFT, 0), (28, 1), (28, 0)]
    assert not hands.keyboard.named("leave") and not hands.touch.events and not hands.pointer.named("button")
    assert not keyboard(session, "hide").shown and keyboard(session).keys == ()


def test_modifiers_stay_for_the_next_key(hands: Hands) -> None:  # noqa: F811
    session = hands.session
    hands.app.until(lambda: hands.keyboard.named("enter"))
    keyboard(session, "show")
    touch(session, "control", "k46", "k46")
    hands.app.until(lambda: len(codes(hands)) == 6)
    assert codes(hands) == [(29, 1), (46, 1), (46, 0), (29, 0), (46, 1), (46, 0)]


def test_windows_that_fill_the_screen_make_room(open_session: OpenSession) -> None:
    session = open_session(options=("--form-factor", "tablet"))
    window = Window(session.app("app"))
    session.until_windows(1)
    before = session.window("app").height
    keyboard(session, "show")
    session.picture()
    session.until(lambda: session.window("app").height < before)
    top = min(key.rect[1] for key in keyboard(session).keys)
    assert session.window("app").y + session.window("app").height <= top
    keyboard(session, "hide")
    session.until(lambda: session.window("app").height == before)
    assert window.toplevel.named("configure")


def test_a_shortcut_shows_and_hides_it_also_beside_the_launcher(session: Session) -> None:
    session.input(InputKey("super+k"))
    assert keyboard(session).shown
    session.call(OpenLauncher())
    session.input(InputKey("super+k"))
    assert not keyboard(session).shown


def test_the_choice_lasts(session: Session) -> None:
    assert keyboard(session, "always").mode == "always"
    session.kill_ui()
    session.start_ui()
    assert keyboard(session).mode == "always"
    assert keyboard(session, "auto").mode == "auto"


class Writing:
    """A window with a text field, 400x300 at 100,380: its lower half is where the keyboard comes."""

    def __init__(self, session: Session, *, resizable: bool = True) -> None:
        self.session = session
        self.app = session.app("writer")
        seat = self.app.bind(wayland.WlSeat, 8)
        self.keyboard = seat.get_keyboard()
        self.window = Window(self.app, map_=False)
        if not resizable:
            self.window.toplevel.set_min_size(400, 300)
            self.window.toplevel.set_max_size(400, 300)
        self.window.ack()
        fill(self.app, self.window.surface, (400, 300), GREEN)
        session.until_windows(1)
        session.move("writer", 100, 340)
        self.text = self.app.bind(ZwpTextInputManagerV3, 1).get_text_input(seat)
        self.app.until(lambda: self.text.named("enter"))

    def field(self, purpose: int = 0, hint: int = 0, cursor: tuple[int, int, int, int] = (10, 280, 2, 16)) -> None:
        self.text.enable()
        self.text.set_content_type(hint, purpose)
        self.text.set_cursor_rectangle(*cursor)
        self.text.commit()
        self.app.roundtrip()

    def no_field(self) -> None:
        self.text.disable()
        self.text.commit()
        self.app.roundtrip()

    def touched(self) -> None:
        self.session.input(InputTouch(((150, 360),)))

    def until_shown(self, shown: bool = True) -> None:
        self.session.until(lambda: keyboard(self.session).shown == shown)


def test_it_comes_for_a_field_that_was_touched_and_goes_with_it(session: Session) -> None:
    writing = Writing(session)
    session.input(InputClick(150, 360))
    writing.field()
    session.picture()
    assert not keyboard(session).shown, "a pointer needs none"
    writing.no_field()
    writing.touched()
    writing.field()
    writing.until_shown()
    writing.no_field()
    writing.until_shown(False)
    writing.touched()
    writing.field()
    writing.until_shown()
    session.input(InputKey("a"))
    writing.until_shown(False)


def test_always_and_never(session: Session) -> None:
    writing = Writing(session)
    keyboard(session, "always")
    writing.field()
    writing.until_shown()
    keyboard(session, "never")
    assert not keyboard(session).shown
    writing.touched()
    writing.field()
    session.picture()
    assert not keyboard(session).shown
    assert keyboard(session, "show").shown


def test_who_hides_it_is_not_asked_again_by_the_app(session: Session) -> None:
    writing = Writing(session)
    writing.touched()
    writing.field()
    writing.until_shown()
    touch(session, "hide")
    writing.until_shown(False)
    for _ in range(5):
        writing.field()
    session.picture()
    assert not keyboard(session).shown
    writing.touched()
    writing.field()
    writing.until_shown()


def test_the_text_cursor_is_never_covered(session: Session) -> None:
    writing = Writing(session, resizable=False)
    before = session.window("writer")
    writing.touched()
    writing.field()
    writing.until_shown()
    session.until(lambda: session.window("writer").y < before.y)
    top = min(key.rect[1] for key in keyboard(session).keys)
    assert session.window("writer").y + 296 <= top
    keyboard(session, "hide")
    session.until(lambda: session.window("writer").y == before.y)


def test_a_window_that_was_moved_meanwhile_stays(session: Session) -> None:
    writing = Writing(session)
    writing.touched()
    writing.field()
    writing.until_shown()
    session.until(lambda: session.window("writer").y < 340)
    session.move("writer", 200, 50)
    keyboard(session, "hide")
    session.picture()
    assert (session.window("writer").x, session.window("writer").y) == (200, 50)


def test_keys_follow_the_purpose(session: Session) -> None:
    writing = Writing(session)
    keyboard(session, "always")
    names: dict[int, set[str]] = {}
    for purpose in (4, 5, 6, 8, 13):
        writing.field(purpose)
        session.until(lambda: keyboard(session).shown)
        session.picture()
        found = {key.name: key.label for key in keyboard(session).keys}
        names[purpose] = {*found, f"enter {found['enter']}"}
        writing.no_field()
    assert {"t1", "t+", "t#"} <= names[4] and "k16" not in names[4]
    assert {"t/", "enter Go"} <= names[5]
    assert "t@" in names[6]
    assert {"k16", "enter Done"} <= names[8]
    assert {"escape", "tab", "control", "left", "up"} <= names[13]


def test_text_that_no_key_makes_goes_to_the_field(session: Session) -> None:
    writing = Writing(session)
    keyboard(session, "always")
    writing.field()
    writing.until_shown()
    touch(session, "page-symbols", "t€")
    writing.app.until(lambda: writing.text.named("commit_string"))
    assert writing.text.last("commit_string") == ("€",)
    assert not writing.keyboard.named("key")


def test_after_a_crash_it_is_as_before(session: Session) -> None:
    writing = Writing(session)
    writing.touched()
    writing.field(13)
    writing.until_shown()
    session.kill_ui()
    session.start_ui()
    writing.until_shown()
    assert "escape" in {key.name for key in keyboard(session).keys}
    keyboard(session, "hide")
    session.kill_ui()
    session.start_ui()
    session.until_windows(1)
    session.picture()
    assert not keyboard(session).shown


def test_the_search_of_the_launcher_is_typed_in(open_session: OpenSession) -> None:
    session = open_session(options=("--form-factor", "tablet"))
    session.call(OpenLauncher())
    session.picture()
    assert not keyboard(session).shown, "who looks for an app with the eyes needs no keys"
    session.input(InputTouch(((500, 44),)))
    assert keyboard(session).shown
    session.picture()
    assert "Search" in {key.label for key in keyboard(session).keys}
    before = session.picture()
    touch(session, "k30")
    session.until(lambda: session.picture().changed(before, (300, 20, 400, 50)) > 20)
    session.call(OpenLauncher(False))
    session.until(lambda: not keyboard(session).shown)


@needs_grim
def test_no_app_gets_a_picture_of_it(session: Session) -> None:
    """It would show what is typed."""
    keyboard(session, "show")
    shown = session.picture()
    seen = grim(session)
    top = min(key.rect[1] for key in keyboard(session).keys)
    area = (0, top, shown.width, shown.height - top - 60)
    assert shown.changed(seen, area) > 0.2 * area[2] * area[3]
    keyboard(session, "hide")
    session.until_picture(lambda picture: not picture.changed(seen, area))


def test_full_screen_leaves_room_too(session: Session) -> None:
    Writing(session)
    session.act("writer", "fullscreen")
    session.until(lambda: session.window("writer").height == 700)
    keyboard(session, "show")
    session.until(lambda: session.window("writer").height < 700)
    session.picture()
    keys = [key.rect for key in keyboard(session).keys]
    assert session.window("writer").height <= min(rect[1] for rect in keys)
    assert max(rect[1] + rect[3] for rect in keys) > 690, "the panel is not there"
    keyboard(session, "hide")
    session.until(lambda: session.window("writer").height == 700)


def test_menus_of_apps_stay_open_while_it_is_used(hands: Hands) -> None:  # noqa: F811
    session = hands.session
    session.input(InputClick(150, 130))
    hands.app.until(lambda: hands.pointer.named("button"))
    grab = (hands.app.bind(wayland.WlSeat, 8), hands.pointer.last("button")[0])
    popup = Popup(hands.app, hands.window.xdg, hands.app.positioner(60, 40, (20, 20, 10, 10)), grab).map()
    keyboard(session, "show")
    touch(session, "k30")
    hands.app.until(lambda: (A, 0) in codes(hands))
    assert not popup.popup.named("popup_done")
    session.input(InputTouch(((900, 60),)))
    hands.app.until(lambda: popup.popup.named("popup_done"))


def test_an_input_method_gets_the_keys_first(session: Session) -> None:
    helper = session.app("helper", granted=(INPUT_METHOD, VIRTUAL_INPUT))
    method = helper.bind(ZwpInputMethodManagerV2).get_input_method(helper.bind(wayland.WlSeat))
    writing = Writing(session)
    writing.field()
    helper.until(lambda: method.named("activate"))
    grab = method.grab_keyboard()
    helper.roundtrip()
    keyboard(session, "show")
    touch(session, "k30")
    helper.until(lambda: len(grab.named("key")) == 2)
    assert [event.arguments[2:] for event in grab.named("key")] == [(A, 1), (A, 0)]
    assert not writing.keyboard.named("key")


def test_a_layout_that_is_chosen_on_it_counts_for_real_keys(open_session: OpenSession) -> None:
    session = open_session(environment={"XKB_DEFAULT_LAYOUT": "us,ru"})
    writing = Writing(session)
    keyboard(session, "show")
    touch(session, "group")
    writing.app.until(lambda: writing.keyboard.last("modifiers")[4] == 1)
    session.until(lambda: keyboard(session).layout == "Russian")
    session.kill_ui()
    session.start_ui()
    session.until(lambda: keyboard(session).layout == "Russian")
