"""``berth sounds``: whether the sounds of the theme are heard."""

from __future__ import annotations

import argparse
import sys

from berth.commands import ask
from berth.core import messages as m
from berth.output import as_builtins, print_json


def sounds(options: argparse.Namespace) -> int:
    setting = ask(options, m.ChangeSounds({"on": True, "off": False}.get(options.switch)))
    assert isinstance(setting, m.SoundSetting)
    if options.json:
        print_json(as_builtins(setting))
    else:
        sys.stdout.write("on\n" if setting.on else "off\n")
    return 0
