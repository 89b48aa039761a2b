"""Themes style windows by what their apps use of their permissions, on the real desktop; the test plays the engine."""

from __future__ import annotations

from pathlib import Path

from pywayland.protocol.ext_image_capture_source_v1 import ExtOutputImageCaptureSourceManagerV1
from pywayland.protocol.ext_image_copy_capture_v1 import ExtImageCopyCaptureManagerV1
from pywayland.protocol.wayland import WlOutput
from pywayland.protocol.xdg_decoration_unstable_v1 import ZxdgDecorationManagerV1

from berth.core.messages import InstanceChanged, InstanceInfo, InstanceUses
from berth.core.permissions import SCREEN_CAPTURE
from berth.themes.stack import choose
from tests.display.client import Object
from tests.display.shapes import App, Window
from tests.picture import Rect
from tests.ui.conftest import OpenSession
from tests.ui.session import WAIT, Session
from tests.ui.test_scene_session import RED, paint, rgb

SHEET = """
titlebar[uses~="network"] { background: rgb(0 0 255) }
window[uses~="screen-capture"]:focus { border-color: rgb(255 0 255) }
panel { background: rgb(255 255 0) }
"""
BLUE, PINK = (0, 0, 255), (255, 0, 255)


def tell(session: Session, name: str, *uses: str) -> None:
    """What the engine says then."""
    session.shell.send(InstanceChanged(InstanceInfo(name, name, name.title(), "running", uses=uses)))


def framed(session: Session, name: str, granted: tuple[str, ...] = ()) -> App:
    """An app with a window of one colour in a frame of the desktop's."""
    session.instance(name, granted=granted)
    app = session.app(name)
    window = Window(app, map_=False)
    app.bind(ZxdgDecorationManagerV1).get_toplevel_decoration(window.toplevel)
    app.roundtrip()
    window.ack()
    paint(app, window, 300, 200, RED)
    session.until(lambda: any(info.instance == name for info in session.windows()))
    x, y, width, _height = session.window(name).frame
    assert y < session.window(name).y, "it has a title bar"
    session.until_picture(lambda picture: rgb(RED) in picture.colours((x, y + 40, width, 20)))
    return app


def bar(session: Session, name: str) -> Rect:
    """The title bar, without the corners of the window."""
    info = session.window(name)
    x, y, width, _height = info.frame
    return (x + 16, y + 1, width - 32, info.y - y - 1)


def filming(session: Session, app: App) -> Object:
    """A session of pictures of the screen."""
    source = app.bind(ExtOutputImageCaptureSourceManagerV1).create_source(app.bind(WlOutput))
    stream: Object = app.bind(ExtImageCopyCaptureManagerV1).create_session(source, 0)
    app.roundtrip()
    return stream


def pass_on(session: Session, name: str, *uses: str) -> None:
    """Wait until the display server tells the engine of these uses, and tell the ui as the engine would."""
    while True:
        message, _fds = session.engine.receive(WAIT)
        if message == InstanceUses(name, uses):
            tell(session, name, *uses)
            return


def test_a_line_below_the_title_while_the_screen_is_pictured(session: Session) -> None:
    framed(session, "other")
    session.move("other", 500, 100)
    app = framed(session, "red", granted=(SCREEN_CAPTURE,))
    session.move("red", 100, 100)
    place, other = bar(session, "red"), bar(session, "other")
    before = session.picture()
    stream = filming(session, app)
    pass_on(session, "red", SCREEN_CAPTURE)
    shown = session.until_picture(lambda picture: picture.changed(before, place))
    assert shown.changed(before, place) == 2 * place[2], "two rows, and nothing else"
    assert shown.changed(before, (place[0], place[1] + place[3] - 2, place[2], 2)) == 2 * place[2]
    assert not shown.changed(before, other)
    stream.destroy()
    app.roundtrip()
    pass_on(session, "red")
    session.until_picture(lambda picture: not picture.changed(before, place))


def test_a_sheet_asks_for_what_is_in_use(open_session: OpenSession, tmp_path: Path) -> None:
    folder = tmp_path / "data/berth/themes/mine"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('id = "mine"\nname = "Mine"\n')
    (folder / "style.css").write_text(SHEET)
    choose(tmp_path / "config/berth", "mine")
    places = {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    session = open_session(environment=places)
    framed(session, "red")
    x, y, _width, _height = bar(session, "red")
    frame = session.window("red").frame
    ground, edge = (x + 90, y + 3), (frame[0], frame[1] + 100)
    before = session.picture()
    assert before.at(*ground) != BLUE and before.at(*edge) != PINK
    tell(session, "red", "network")
    session.until_picture(lambda picture: picture.at(*ground) == BLUE and picture.at(*edge) == before.at(*edge))
    tell(session, "red", "network", "screen-capture")
    session.until_picture(lambda picture: picture.at(*ground) == BLUE and picture.at(*edge) == PINK)
    # A saved sheet is followed in this state, too.
    (folder / "style.css").write_text(SHEET.replace("rgb(0 0 255)", "rgb(0 255 0)"))
    session.until_picture(lambda picture: picture.at(*ground) == (0, 255, 0) and picture.at(*edge) == PINK)
    (folder / "style.css").write_text(SHEET)
    tell(session, "red", "screen-capture")
    session.until_picture(lambda picture: picture.at(*ground) == before.at(*ground) and picture.at(*edge) == PINK)
    tell(session, "red")
    session.until_picture(lambda picture: picture.at(*edge) == before.at(*edge))
    assert session.picture().at(*ground) == before.at(*ground)


def test_a_new_ui_shows_it_again(session: Session) -> None:
    framed(session, "red")
    place = bar(session, "red")
    before = session.picture()
    tell(session, "red", SCREEN_CAPTURE)
    session.until_picture(lambda picture: picture.changed(before, place))
    session.kill_ui()
    session.start_ui()
    session.until_windows(1)
    # As the list of instances does that the engine answers a new ui with.
    tell(session, "red", SCREEN_CAPTURE)
    session.until_picture(lambda picture: picture.changed(before, place) == 2 * place[2])
