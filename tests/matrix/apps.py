"""The apps of the matrix, and what has to be known of each to use it as a person would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FUNCTIONS: Mapping[str, str] = {
    "close": "closes when asked to",
    "title": "title and name",
    "draws": "draws",
    "resizes": "resizes with its frame",
    "scrolls": "scrolls",
    "menus": "menus inside the screen, at each edge and in a corner",
    "tooltips": "tooltips inside the screen, at each edge",
    "copies": "copy to another app",
    "primary": "mark here, middle button there",
    "drags": "drag text to another app",
    "dropped": "text dropped from another app",
    "types": "German layout, dead keys",
    "pastes": "paste from another app",
    "cursor": "its own cursor",
    "fullscreen": "full screen and back",
    "minimises": "minimise and restore",
}

_X11 = {"title": "the window is the X server's, which has no title"}
_TAKES_ALONE = {"drags": "it takes what is dragged, and drags nothing out of its window itself"}
_XPRA = {"dropped": "Xpra takes nothing that is dragged from other apps"}
_XTERM_KEYS = (
    "XTerm*VT100.translations: #override "
    "Ctrl Shift <Key>C: copy-selection(CLIPBOARD)\\n Ctrl Shift <Key>V: insert-selection(CLIPBOARD)"
)
"""By itself it knows the marked text only."""
_WITHOUT_TEXT = dict.fromkeys(("types", "scrolls"), "it has no text")
_NO_TEXT = _WITHOUT_TEXT | dict.fromkeys(("copies", "pastes", "primary", "drags", "dropped"), "it has no text")
_X11_TIPS = {"tooltips": "inside its window, where the screen of its X server ends"}
_PLACES_ITSELF = (
    "Qt 5 takes its window for one in the screen's upper left corner, and has nobody move what it places by that: "
    "inside the screen if the window is maximised, or not at the right or lower edge"
)
_TERMINAL = dict.fromkeys(("drags",), "a terminal's text is not moved about")

_FIREFOX = """\
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.sessionstore.resume_from_crash", false);
user_pref("browser.startup.couldRestoreSession.count", -1);
user_pref("browser.aboutwelcome.enabled", false);
"""
"""No bars above the page that come and go."""


@dataclass(frozen=True)
class App:
    """One row.

    Attributes:
        kind: the toolkit and how it is reached.
        text: where the first word of the sample is, from the window's corner; where to scroll and click.
        lacks: functions that are not there, and why.
        partly: functions with a limit of the app's own, and which.
        keys: what selects all, copies and pastes; several keys have spaces between.
        tip: a control with a tooltip: its rectangle in the window.
        reveal: what brings it to light: keys, and points to click, which hide it again.
        rests: where the pointer waits before, for controls that show themselves, or a tip,
            only to one that comes from close by. Nothing there has a tip itself: a toolkit may write
            the next tip into the one that it shows, where that is.
        menu: where the right button brings up its menu, `text` if 0.
        other: a place where the cursor looks different than at `text`.
        entry: a field whose text is copied and pasted into while the pointer is on it.
        word: what is in that field.
        pictures: keys that make a new picture of a copied one; it copies pictures, not text.
        terminal: whether a shell reads what is typed.
        xpra: whether its windows come by Xpra, which of Debian's suites bookworm alone has.
        files: what lies in its home beside the samples.
        tolerance: pixels by which the app may differ from the size it is asked for: terminals have whole cells.
    """

    id: str
    kind: str
    title: str
    arguments: tuple[str, ...] = ("/home/berth/sample.txt",)
    text: tuple[int, int] = (30, 40)
    lacks: Mapping[str, str] = field(default_factory=dict)
    partly: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, str, str] = ("ctrl+a", "ctrl+c", "ctrl+v")
    tip: tuple[int, int, int, int] = (0, 0, 0, 0)
    reveal: tuple[str | tuple[int, int], ...] = ()
    rests: tuple[tuple[int, int], ...] = ()
    menu: tuple[int, int] = (0, 0)
    other: tuple[int, int] = (200, 10)
    entry: tuple[int, int] = (0, 0)
    word: str = ""
    pictures: str = ""
    terminal: bool = False
    xpra: bool = False
    tolerance: int = 2
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.id.rpartition(".")[2]


PARTNER = App("org.xfce.mousepad", "GTK 3", "Mousepad", ("/home/berth/partner.txt",), text=(30, 42))

APPS = (
    App(
        "org.xfce.mousepad",
        "GTK 3",
        "sample.txt - Mousepad",
        text=(30, 42),
        tip=(3, 27, 34, 34),
        reveal=((175, 13), (215, 146)),
    ),
    App("org.gnome.TextEditor", "GTK 4", "sample.txt", text=(40, 62), tip=(93, 7, 32, 32)),
    App(
        "io.github.tsujan.FeatherPad",
        "Qt 5",
        "sample.txt",
        text=(40, 101),
        other=(200, 30),
        tip=(216, 24, 30, 30),
        partly=dict.fromkeys(("menus", "tooltips"), _PLACES_ITSELF),
    ),
    App(
        "org.gottcode.FocusWriter",
        "Qt 6",
        "sample.txt",
        text=(100, 86),
        # The middle of a button that never looks different: its tip may have to lie over it.
        tip=(265, 35, 8, 7),
        rests=((130, 8), (320, 8)),
        menu=(200, 500),
    ),
    App(
        "org.mozilla.firefox",
        "Firefox",
        "Sample page",
        ("--profile", "/home/berth/profile", "file:///home/berth/sample.html"),
        text=(40, 96),
        tip=(66, 48, 32, 32),
        partly={
            "tooltips": "Firefox makes them parts of its window, which nobody moves: "
            "inside the screen if the window is not at the right or lower edge"
        },
        files={"profile/user.js": _FIREFOX},
    ),
    App(
        "org.chromium.Chromium",
        "Chromium",
        "Sample page",
        ("file:///home/berth/sample.html",),
        text=(40, 98),
        tip=(277, 5, 30, 30),
        rests=((392, 20), (150, 300)),
    ),
    App(
        "org.libreoffice.LibreOffice",
        "LibreOffice (GTK 3)",
        "sample.txt",
        ("--norestore", "--writer", "/home/berth/sample.txt"),
        text=(124, 232),
        tip=(92, 31, 26, 28),
        other=(560, 300),
    ),
    App(
        "org.codeberg.dnkl.foot",
        "foot",
        "foot",
        (),
        text=(20, 10),
        terminal=True,
        tolerance=24,
        keys=("", "ctrl+shift+c", "ctrl+shift+v"),
        lacks=_TERMINAL | {"menus": "it has none", "tooltips": "it has none", "cursor": "it has one cursor"},
    ),
    App(
        "io.mpv.Mpv",
        "mpv",
        "mpv",
        ("av://lavfi:testsrc=size=640x360", "--keepaspect-window=no"),
        text=(200, 200),
        lacks=_NO_TEXT | {"menus": "it has none", "tooltips": "it has none", "cursor": "it hides the cursor"},
    ),
    App(
        "net.sf.blobby.BlobbyVolley",
        "SDL 2, OpenGL",
        "Blobby Volley",
        (),
        text=(200, 200),
        lacks=_NO_TEXT | {"menus": "it draws its own", "tooltips": "it has none", "cursor": "it hides the cursor"},
    ),
    App(
        "org.gnu.emacs",
        "X11 (GTK 3)",
        "",
        text=(30, 100),
        keys=("ctrl+x h", "alt+w", "ctrl+y"),
        tip=(10, 26, 38, 38),
        lacks=_X11 | _TAKES_ALONE | {"menus": "drawn by its X server"},
        partly=_X11_TIPS,
    ),
    App(
        "org.videolan.VLC",
        "X11 (Qt 5)",
        "",
        ("--no-qt-privacy-ask",),
        text=(200, 200),
        tip=(5, 612, 26, 22),
        partly=_X11_TIPS,
        lacks=_X11 | _NO_TEXT | {"menus": "drawn by its X server", "cursor": "it has one cursor"},
    ),
    App(
        "org.gimp.GIMP",
        "X11 (GTK 2)",
        "",
        (),
        text=(400, 300),
        tip=(8, 58, 24, 22),
        pictures="ctrl+shift+v",
        partly=_X11_TIPS | dict.fromkeys(("copies", "pastes"), "pictures"),
        lacks=_X11
        | _WITHOUT_TEXT
        | {
            "menus": "drawn by its X server",
            "cursor": "it has one cursor while empty",
            "drags": "it has text in fields alone",
            "primary": "it marks no text",
            "dropped": "it takes files alone",
        },
    ),
    App(
        "org.blender.Blender",
        "X11, OpenGL",
        "",
        (),
        text=(300, 300),
        tip=(12, 88, 28, 28),
        reveal=("Escape",),
        entry=(310, 13),
        word="Scene",
        partly=_X11_TIPS | dict.fromkeys(("copies", "pastes"), "of a field, with the pointer on it"),
        lacks=_X11
        | _TAKES_ALONE
        | _WITHOUT_TEXT
        | {
            "menus": "it draws its own",
            "cursor": "it has one cursor",
            "primary": "it marks no text",
            "dropped": "it takes files alone",
        },
    ),
    App(
        "net.invisible_island.XTerm",
        "X11 alone",
        "xterm",
        ("-xrm", _XTERM_KEYS),
        text=(20, 10),
        terminal=True,
        xpra=True,
        tolerance=24,
        keys=("", "ctrl+shift+c", "ctrl+shift+v"),
        lacks=_TERMINAL | _XPRA | {"menus": "it has none", "tooltips": "it has none", "cursor": "it has one cursor"},
    ),
)
