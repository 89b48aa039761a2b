"""Where Debian packages come from: the host's own mirrors, proxy and suite, and nothing else of its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from berth.core.problem import Problem
from berth.engine.run import run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
DEFAULT_SUITE = "bookworm"
_SUITES = ("bookworm", "trixie")
_CARRIED = re.compile(r"Acquire::(https?::|Check-|Retries|Force|Max-|Queue-)")


@dataclass(frozen=True)
class Source:
    """One archive: where, which suites of it, and the keyring that signs it."""

    uri: str
    suites: tuple[str, ...]
    signed_by: str = ""

    def stanza(self) -> str:
        return (
            f"Types: deb\nURIs: {self.uri}\nSuites: {' '.join(self.suites)}\nComponents: main\n"
            f"Signed-By: {self.signed_by or KEYRING}\n"
        )


def host_suite(os_release: Path = Path("/etc/os-release")) -> str:
    """The Debian suite of this machine, so that mirrors and keys at hand fit; bookworm on others."""
    try:
        lines = os_release.read_text().splitlines()
    except OSError:
        return DEFAULT_SUITE
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    suite = values.get("VERSION_CODENAME", "").strip('"')
    return suite if suite in _SUITES else DEFAULT_SUITE


def debian_sources(suite: str, apt: Path = Path("/etc/apt")) -> str:
    """The sources (deb822) from which `suite` is built.

    Raises:
        Problem: ``keyring-missing`` if Debian's archive keys are not installed.
    """
    if not KEYRING.exists():
        raise Problem(
            "keyring-missing",
            "The keys of the Debian archive are not installed.",
            "Install them with: sudo apt-get install debian-archive-keyring",
        )
    sources = [source for source in _host_sources(apt, suite) if source.suites]
    if not any(suite in source.suites for source in sources):
        sources = [
            Source("http://deb.debian.org/debian", (suite, f"{suite}-updates")),
            Source("http://deb.debian.org/debian-security", (f"{suite}-security",)),
        ]
    return "\n".join(dict.fromkeys(source.stanza() for source in sources))


def apt_settings() -> str:
    """The host's settings for fetching (proxies, certificates, retries), as apt configuration."""
    dump = run(["apt-config", "dump", "Acquire"], what="Reading the settings of apt").output
    return "\n".join(['Acquire::Retries "3";', *(line for line in dump.splitlines() if _CARRIED.match(line))]) + "\n"


def _host_sources(apt: Path, suite: str) -> Iterator[Source]:
    for path in (apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))):
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError):
            continue
        if path.suffix == ".sources":
            yield from _stanzas(text, suite)
        elif path.suffix == ".list":
            yield from _lines(text, suite)


def _lines(text: str, suite: str) -> Iterator[Source]:
    for line in text.splitlines():
        match = re.fullmatch(
            r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<rest>.*)", line.strip()
        )
        if match:
            signed_by = re.search(r"signed-by=(\S+)", match["options"] or "", re.IGNORECASE)
            key = signed_by[1] if signed_by else ""
            components = match["rest"].partition("#")[0].split()
            yield from _debian(match["uri"], (match["suite"],), components, key, suite)


def _stanzas(text: str, suite: str) -> Iterator[Source]:
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in ("no", "false"):
            continue
        for uri in fields.get("uris", "").split():
            suites = tuple(fields.get("suites", "").split())
            yield from _debian(uri, suites, fields.get("components", "").split(), fields.get("signed-by", ""), suite)


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace():
            fields[name] = f"{fields.get(name, '')} {line.strip()}"
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.lower()
            fields[name] = value.strip()
    return fields


def _debian(uri: str, suites: tuple[str, ...], components: list[str], signed_by: str, suite: str) -> Iterator[Source]:
    """The source, if it is an archive of Debian itself: others may use the same suite names."""
    signed_by_debian = "debian-archive" in signed_by
    named_debian = urlsplit(uri).path.rstrip("/").rpartition("/")[2] in ("debian", "debian-security")
    if "main" not in components or not (signed_by_debian or (not signed_by and named_debian)):
        return
    wanted = tuple(name for name in suites if name in (suite, f"{suite}-updates", f"{suite}-security"))
    yield Source(uri, wanted, signed_by if signed_by.startswith("/") and " " not in signed_by else "")
