"""A real PulseAudio without hardware, for tests: its speakers are a null sink."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

SPEAKERS = ("module-null-sink", "sink_name=speakers", "sink_properties=device.description=Speakers")
MICROPHONE = ("module-null-source", "source_name=microphone", "description=Microphone")

needs_pulseaudio = pytest.mark.skipif(
    shutil.which("pulseaudio") is None, reason="PulseAudio is not there: where PipeWire is, it stays"
)


class SoundServer:
    """Listens in `folder`, whose path must be short; see `address`."""

    def __init__(self, folder: Path, *modules: tuple[str, ...]) -> None:
        self._folder = folder
        socket = folder / "pulse.socket"
        self.address = f"unix:{socket}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_SERVER": self.address,
        }
        wanted = (("module-native-protocol-unix", f"socket={socket}", "auth-anonymous=1"), *modules)
        loads = [f"--load={' '.join(module)}" for module in wanted]
        options = ("-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes")
        own = {key: value for key, value in self.environment.items() if key != "PULSE_SERVER"}
        with (folder / "pulse.log").open("wb") as log:
            self.process = subprocess.Popen(["pulseaudio", *options, *loads], env=own, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while self._pactl("info").returncode:
            assert self.process.poll() is None, (folder / "pulse.log").read_text()
            assert time.monotonic() < deadline, (folder / "pulse.log").read_text()
            time.sleep(0.05)

    def say(self, *command: str) -> str:
        """What the server's own tool answers."""
        done = self._pactl(*command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def volume(self, device: str = "sink", name: str = "speakers") -> int:
        """Per cent of the first channel."""
        said = self.say(f"get-{device}-volume", name)
        return int(said.partition("%")[0].split()[-1])

    def muted(self, device: str = "sink", name: str = "speakers") -> bool:
        return self.say(f"get-{device}-mute", name).strip() == "Mute: yes"

    def _pactl(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {**self.environment, "LC_ALL": "C"}
        return subprocess.run(["pactl", *command], env=environment, capture_output=True, text=True, check=False)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)
