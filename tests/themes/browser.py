"""Headless Chromium as the judge: the same sheet and tree, read back with ``getComputedStyle``.

It is driven by the DevTools protocol over two pipes, so no port is opened and no library is needed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Self

from tests.ready import readable

CHROMIUM = shutil.which("chromium")
_SECONDS = 90.0
_FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"),
    *("--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage", "--mute-audio"),
    *("--hide-scrollbars", "--force-device-scale-factor=1", "--disable-component-update"),
)

# With a document type: without one old rules hold, in which 2 is as good as 2px.
_PAGE = "data:text/html,<!doctype html>"

_JUDGE = """
(cases, names) => {
  const make = (node) => {
    const element = document.createElement(node.type);
    if (node.name) element.id = node.name;
    if (node.classes.length) element.className = node.classes.join(' ');
    for (const [key, value] of Object.entries(node.attributes)) element.setAttribute(key, value);
    if (node.parts.length) element.setAttribute('part', node.parts.join(' '));
    for (const child of node.children) element.append(make(child));
    if (node.shadow.length) {
      const root = element.attachShadow({mode: 'open'});
      for (const child of node.shadow) root.append(make(child));
      root.append(document.createElement('slot'));
    }
    return element;
  };
  const walk = (element, found) => {
    found.push(element);
    for (const child of element.children) walk(child, found);
    const parts = element.shadowRoot ? element.shadowRoot.children : [];
    for (const child of parts) if (child.localName != 'slot') walk(child, found);
    return found;
  };
  const results = [];
  for (const item of cases) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(item.sheet);
    document.adoptedStyleSheets = [sheet];
    const root = make(item.tree);
    if (!item.shown) root.style.setProperty('display', 'none', 'important');
    // A new page for each: else one case could start transitions on the page of the next.
    const page = document.createElement('html');
    page.append(root);
    if (document.documentElement) document.documentElement.remove();
    document.append(page);
    results.push(walk(page, []).map((element) => {
      const style = getComputedStyle(element);
      return [...names, ...item.customs].map((name) => style.getPropertyValue(name));
    }));
  }
  return results;
}
"""


class Browser:
    """A running Chromium with one page."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        to_read, self._out = os.pipe()
        self._in, to_write = os.pipe()
        flags = [*_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        shell = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            ["bash", "-c", shell, CHROMIUM, *flags],
            pass_fds=(to_read, to_write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": os.fspath(profile)},
        )
        os.close(to_read)
        os.close(to_write)
        self._buffer = b""
        self._last = 0
        self._session = ""
        self.version: str = self.call("Browser.getVersion")["product"]
        target = self.call("Target.createTarget", url=_PAGE)["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._session = ""
        try:
            self.call("Browser.close")
            self._process.wait(20)
        except (OSError, EOFError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._last += 1
        message: dict[str, object] = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            answer = self._receive()
            if answer.get("id") == self._last:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _receive(self) -> dict[str, Any]:
        deadline = time.monotonic() + _SECONDS
        while b"\0" not in self._buffer:
            ready = readable([self._in], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            read = os.read(self._in, 1 << 20)
            if not read:
                raise EOFError("the browser has ended")
            self._buffer += read
        text, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(text)
        return answer

    def evaluate(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def environment(self, width: int, height: int, **features: str) -> None:
        """Sets the size of the page and media features like ``prefers-color-scheme``."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        media = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=media)

    def judge(self, cases: list[dict[str, object]], names: list[str]) -> list[list[list[str]]]:
        """Per case and element (in tree order, the page's own first) the values of `names` and the case's customs."""
        found: list[list[list[str]]] = self.evaluate(f"({_JUDGE})({json.dumps(cases)}, {json.dumps(names)})")
        return found
