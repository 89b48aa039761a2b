"""What apps are given to show before their picture for the catalogue is taken: an empty window, a welcome or a first
question tells nobody what an app is like.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageDraw

from tests.matrix.apps import APPS as USED

HOME = "/home/berth"
Step = str | tuple[float, float]

_WORDS = """\
The harbour at dawn

A berth is a place of its own for every ship: it comes, makes fast,
and takes nothing of its neighbours with it when it leaves.

 - The tide is in at six.
 - Ropes are checked, lamps are lit.
 - Coffee is on.
"""
_PROGRAM = '''\
"""How high the tide is."""

from math import cos, pi

PERIOD = 12.42  # hours


def height(hour: float, range_: float = 3.2) -> float:
    """Metres above the chart's datum."""
    return range_ / 2 * (1 + cos(2 * pi * hour / PERIOD))


for hour in range(0, 25, 3):
    print(f"{hour:02}:00  {height(hour):4.1f} m  " + "~" * round(8 * height(hour)))
'''
_TABLE = "Month,Ships,Days in port,Fees\n" + "".join(
    f"{month},{ships},{days},{ships * 120 + days * 35}\n"
    for month, ships, days in (
        *(("January", 14, 41), ("February", 12, 37), ("March", 19, 52), ("April", 23, 60), ("May", 31, 77)),
        *(("June", 38, 95), ("July", 44, 121), ("August", 46, 130), ("September", 33, 84), ("October", 21, 55)),
    )
)
_PAGE = (
    "<!doctype html><meta charset=utf-8><title>The harbour</title>"
    "<body style='margin:0;font:17px sans-serif;color:#23313f'>"
    "<img src=picture.png style='width:100%;height:290px;object-fit:cover'>"
    "<main style='max-width:42em;margin:1.5em auto'><h1>The harbour at dawn</h1><p>"
    + "</p><p>".join(_WORDS.split("\n\n")[1:])
    + "</p></main>"
)
_DRAWING = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='640' height='400' viewBox='0 0 640 400'>"
    "<rect width='640' height='400' fill='#cfe3f2'/><circle cx='470' cy='110' r='52' fill='#f6c453'/>"
    "<path d='M0 250C120 190 260 300 380 240S560 210 640 260V400H0Z' fill='#4f8fb8'/>"
    "<path d='M0 310C160 260 300 350 430 300S580 300 640 320V400H0Z' fill='#2a5d85'/>"
    "<path d='M250 235L390 235L365 275L275 275Z' fill='#8c3b2e'/><path d='M320 120L320 232L240 232Z' fill='#fff'/>"
    "<path d='M328 150L328 232L388 232Z' fill='#f2e9da'/></svg>"
)


@dataclass(frozen=True)
class Pose:
    """How an app gets there.

    Attributes:
        arguments: it is started with.
        steps: keys to press, text to type after ``=``, or places to click at, as parts of the window's width and
            height; each once the window has stopped changing after the one before.
        patience: seconds to wait before, for what keeps still for long before it is there.
        files: in its home, beside the samples.
    """

    arguments: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    patience: float = 0.0
    files: Mapping[str, str] = field(default_factory=dict)


def _opens(name: str, *steps: Step, patience: float = 0.0) -> Pose:
    return Pose((f"{HOME}/{name}",), steps, patience)


_FIREFOX = next(app for app in USED if app.id == "org.mozilla.firefox")
_LISTS = ("=ls --color -l /\n", "=uname -sm; id -un\n")

POSES: Mapping[str, Pose] = {
    "com.github.jeromerobert.pdfarranger": _opens("sample.pdf"),
    "com.github.xournalpp.xournalpp": Pose(),
    "io.github.celluloid_player.Celluloid": Pose(("--mpv-image-display-duration=inf", f"{HOME}/picture.png")),
    "io.github.tsujan.FeatherPad": _opens("tide.py"),
    "io.mpv.Mpv": Pose(("--image-display-duration=inf", f"{HOME}/picture.png")),
    "net.invisible_island.XTerm": Pose((), _LISTS),
    "net.scribus.Scribus": Pose((), ("Return",)),
    "net.syncthing.Syncthing": Pose((), ((0.758, 0.537),)),
    "org.blender.Blender": Pose((), ((0.5, 0.9),), 20),
    "org.chromium.Chromium": Pose((f"file://{HOME}/sample.html",)),
    "org.codeberg.dnkl.foot": Pose((), _LISTS),
    "org.geany.Geany": _opens("tide.py"),
    "org.gimp.GIMP": _opens("picture.png", patience=8),
    "org.fcitx.Fcitx5": Pose((), ((0.531, 0.827), (0.75, 0.13), "=in")),
    "org.gnome.Calculator": Pose((), ("=(3+4)*6", "Return")),
    "org.gnome.Evince": _opens("sample.pdf"),
    "org.gnome.FileRoller": _opens("sample.zip"),
    "org.gnome.Meld": Pose((f"{HOME}/tide.py", f"{HOME}/tide-old.py")),
    "org.gnome.Mines": Pose((), ("Return", (0.45, 0.55))),
    "org.gnome.Sudoku": Pose((), ("Return",)),
    "org.gnome.TextEditor": _opens("sample.txt"),
    "org.gnumeric.Gnumeric": _opens("table.csv"),
    "org.gottcode.FocusWriter": _opens("sample.txt"),
    "org.inkscape.Inkscape": _opens("drawing.svg", patience=5),
    "org.kde.gcompris": Pose((), ((0.943, 0.09), (0.5, 0.72))),
    "org.kde.kate": _opens("tide.py"),
    "org.kde.kdenlive": Pose((), (), 20),
    "org.kde.kmines": Pose((), ((0.5, 0.6),)),
    "org.kde.krita": _opens("picture.png", patience=25),
    "org.kde.okular": _opens("sample.pdf"),
    "org.librecad.LibreCAD": Pose((), ("Return",), 3),
    "org.mozilla.Thunderbird": Pose((), ("Escape",), 5),
    "org.mozilla.firefox": Pose(("--profile", f"{HOME}/profile", f"file://{HOME}/sample.html"), files=_FIREFOX.files),
    "org.mypaint.MyPaint": _opens("picture.png"),
    "org.qbittorrent.qBittorrent": Pose((), ("Return",)),
    "org.stellarium.Stellarium": Pose((), (), 25),
    "org.videolan.VLC": Pose((), ("Return",)),
    "org.xfce.mousepad": _opens("sample.txt"),
    "org.xfce.ristretto": _opens("picture.png"),
}


def samples() -> Mapping[str, bytes]:
    """Files for the home of each app that is posed."""
    picture = _picture()
    png, pdf, archive = io.BytesIO(), io.BytesIO(), io.BytesIO()
    picture.save(png, "png")
    _sheet(picture).save(pdf, "pdf", save_all=True, append_images=[_sheet(picture.rotate(180)), _sheet(picture)])
    texts = {
        "sample.txt": _WORDS,
        "tide.py": _PROGRAM,
        "tide-old.py": _PROGRAM.replace("3.2", "2.8").replace('    """Metres above the chart\'s datum."""\n', ""),
        "table.csv": _TABLE,
        "sample.html": _PAGE,
        "drawing.svg": _DRAWING,
    }
    with zipfile.ZipFile(archive, "w") as packed:
        for name, text in texts.items():
            packed.writestr(name, text)
        packed.writestr("pictures/harbour.png", png.getvalue())
    binaries = {"picture.png": png, "sample.pdf": pdf, "sample.zip": archive}
    return {name: text.encode() for name, text in texts.items()} | {
        name: data.getvalue() for name, data in binaries.items()
    }


def _picture() -> Image.Image:
    """A sea below a low sun."""
    width, height = 1280, 800
    ramp = Image.linear_gradient("L").resize((width, height))
    sky = Image.composite(
        Image.new("RGB", (width, height), "#f3b27a"), Image.new("RGB", (width, height), "#3d6a9e"), ramp
    )
    draw: Any = ImageDraw.Draw(sky)
    draw.ellipse((880, 300, 1040, 460), fill="#ffe2a8")
    for number, colour in enumerate(("#6b86a3", "#4a6c8c", "#2f4f70", "#1d3552")):
        top = 430 + 90 * number
        points = [(x, top + 40 * ((x + 310 * number) % 640 / 320 - 1) ** 2) for x in range(0, width + 16, 16)]
        draw.polygon([(0, height), *points, (width, height)], fill=colour)
    draw.polygon([(420, 380), (420, 560), (300, 560)], fill="#fdf6ea")
    draw.polygon([(430, 420), (430, 560), (510, 560)], fill="#e9dcc6")
    draw.polygon([(280, 575), (540, 575), (500, 625), (320, 625)], fill="#7a2f2a")
    return sky


def _sheet(picture: Image.Image) -> Image.Image:
    """A page of A4 with a picture and what stands for words."""
    page = Image.new("RGB", (620, 877), "white")
    page.paste(picture.resize((500, 312)), (60, 130))
    draw: Any = ImageDraw.Draw(page)
    draw.text((60, 70), "The harbour at dawn", fill="#23313f")
    for line, text in enumerate(_WORDS.splitlines()[2:] * 3):
        draw.text((60, 480 + 18 * line), text, fill="#23313f")
    return page
