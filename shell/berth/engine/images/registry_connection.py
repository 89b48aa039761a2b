"""HTTP with a registry that need not be honest: where it may send us, and who gets to see our credentials.

A registry elsewhere is spoken to over TLS only, and neither it nor whom it names may send us to this machine's
own services. Our authorization goes to the registry alone; a password also to the place that the registry names for
tokens. Neither follows a redirect to another host.

Source: OCI distribution specification 1.1; https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

import msgspec
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from berth.core.image_reference import ImageReference, is_loopback
from berth.core.problem import Problem
from berth.engine.images.credentials import Credentials

GONE = "registry-gone"
"""Code of the problem with which it makes sense to try again."""

_HUB_HOST = "registry-1.docker.io"
_TIMEOUT = urllib3.Timeout(connect=20.0, read=60.0)
_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_TOKEN = 64 << 10
_PARAMETER = re.compile(r'([A-Za-z_]+)="([^"]*)"')
_TOKEN = re.compile(r"[\x21-\x7e]+")


class _TokenAnswer(msgspec.Struct, frozen=True):
    token: str = ""
    access_token: str = ""


class Answer:
    """A response whose body has not been read yet. `status` is 200 or 206."""

    def __init__(self, response: urllib3.BaseHTTPResponse, registry: str) -> None:
        self._response = response
        self._registry = registry
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    def chunks(self, size: int = 64 << 10) -> Iterator[bytes]:
        """The body as it is on the wire. Raises `Problem` `GONE` if it ends too early."""
        try:
            yield from self._response.stream(size, decode_content=False)
        except HTTPError as error:
            raise gone(self._registry, error) from None

    def read(self, limit: int) -> bytes:
        """All of a body that has at most `limit` bytes. Raises `Problem` ``registry-wrong``, `GONE`."""
        data = bytearray()
        for chunk in self.chunks():
            data += chunk
            if len(data) > limit:
                raise wrong(self._registry, f"it sends more than the {limit} bytes that are possible")
        return bytes(data)


class RegistryConnection:
    """Reads of one repository. To be closed.

    Args:
        credentials: the user's own, for this registry.
    """

    def __init__(self, reference: ImageReference, credentials: Credentials) -> None:
        self._reference = reference
        self._credentials = credentials
        self._authorization = ""
        host = _HUB_HOST if reference.registry == "docker.io" else reference.registry
        self._base = f"{'http' if reference.is_local else 'https'}://{host}"
        self._pools: dict[str, urllib3.PoolManager] = {}

    def close(self) -> None:
        for pool in self._pools.values():
            pool.clear()

    @contextmanager
    def get(self, path: str, headers: Mapping[str, str], method: str = "GET") -> Iterator[Answer]:
        """Ask for ``/v2/REPOSITORY/path``.

        Raises:
            Problem: `GONE`, ``registry-denied``, ``registry-busy``, ``registry-wrong``, ``image-unknown``.
        """
        response = self._authorized(method, f"{self._base}/v2/{self._reference.repository}/{path}", headers)
        try:
            self._check_status(response.status)
            yield Answer(response, self._reference.registry)
        finally:
            response.close()

    # --- authorization

    def _authorized(self, method: str, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        """The response; if the registry wants a token, or another one by now, once more with that."""
        response = self._followed(method, url, headers)
        if response.status != 401:
            return response
        challenge = response.headers.get("WWW-Authenticate", "")[: 8 << 10]
        response.close()
        self._authorization = self._answer_to(challenge)
        return self._followed(method, url, headers)

    def _answer_to(self, challenge: str) -> str:
        found = re.search(r"(?:^|,)\s*bearer\b(.*)", challenge, re.IGNORECASE | re.DOTALL)
        if found:
            return f"Bearer {self._token(dict(_PARAMETER.findall(found[1])))}"
        if re.match(r"\s*basic\b", challenge, re.IGNORECASE) and self._credentials.basic:
            return f"Basic {self._credentials.basic}"
        raise self._denied()

    def _token(self, parameters: Mapping[str, str]) -> str:
        realm = self.checked(parameters.get("realm", ""))
        scope = parameters.get("scope") or f"repository:{self._reference.repository}:pull"
        query = urlencode({"service": parameters.get("service", ""), "scope": scope})
        url = f"{realm.geturl()}{'&' if realm.query else '?'}{query}"
        headers = {"Authorization": f"Basic {self._credentials.basic}"} if self._credentials.basic else {}
        response = self._send("GET", url, headers)
        try:
            if response.status >= 500:
                raise gone(self._reference.registry, f"status {response.status}")
            if response.status != 200:
                raise self._denied()
            answer = Answer(response, self._reference.registry).read(_MOST_TOKEN)
        finally:
            response.close()
        try:
            told = msgspec.json.decode(answer, type=_TokenAnswer)
        except ValueError:
            raise wrong(self._reference.registry, "its token cannot be read") from None
        token = told.token or told.access_token
        if not _TOKEN.fullmatch(token):
            raise wrong(self._reference.registry, "its token cannot be read")
        return token

    # --- where to

    def _followed(self, method: str, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        for _count in range(_MOST_REDIRECTS + 1):
            own = {"Authorization": self._authorization} if self._authorization and self._is_registry(url) else {}
            response = self._send(method, url, {**headers, **own})
            location = response.headers.get("Location", "")
            if response.status not in _REDIRECTS or not location:
                return response
            response.close()
            url = self.checked(location, url).geturl()
        raise wrong(self._reference.registry, "it sends us from one address to the next")

    def _is_registry(self, url: str) -> bool:
        return urlsplit(url)[:2] == urlsplit(self._base)[:2]

    def checked(self, url: str, base: str = "") -> SplitResult:
        """An address that the registry has named, perhaps as seen from `base`. Raises `Problem` ``registry-wrong``."""
        try:
            parts = urlsplit(urljoin(base, url))
            host, _port = parts.hostname or "", parts.port
        except ValueError:
            raise wrong(self._reference.registry, "it sends us to what is no address") from None
        here = is_loopback(f"[{host}]" if ":" in host else host)
        safe = parts.scheme == "https" or (parts.scheme == "http" and here)
        if not host or not safe or (here and not self._reference.is_local) or "@" in parts.netloc:
            raise wrong(self._reference.registry, f"it sends us to {url[:100]}, which is not safe")
        return parts

    def _send(self, method: str, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        try:
            return self._pool(urlsplit(url)).urlopen(
                method,
                url,
                headers={"User-Agent": "berth", "Accept-Encoding": "identity", **headers},
                redirect=False,
                retries=False,
                timeout=_TIMEOUT,
                preload_content=False,
                decode_content=False,
            )
        except SSLError as error:
            raise Problem(
                "registry-unsafe",
                f"{urlsplit(url).hostname} cannot prove that it is who it says: {_short(error)}.",
                "Somebody may be listening in, or its certificate is missing on this machine.",
            ) from None
        except (HTTPError, ValueError) as error:
            raise gone(self._reference.registry, error) from None

    def _pool(self, url: SplitResult) -> urllib3.PoolManager:
        host = url.hostname or ""
        bypassed = is_loopback(url.netloc) or urllib.request.proxy_bypass(host)
        proxy = "" if bypassed else urllib.request.getproxies().get(url.scheme, "")
        if proxy not in self._pools:
            self._pools[proxy] = _through(proxy) if proxy else urllib3.PoolManager()
        return self._pools[proxy]

    # --- what it says

    def _check_status(self, status: int) -> None:
        registry = self._reference.registry
        if status in (200, 206):
            return
        if status in (401, 403):
            raise self._denied()
        if status == 404:
            raise Problem("image-unknown", f"{registry} has no image “{self._reference}”.", "Check name and tag.")
        if status == 416:
            raise Problem("range-refused", f"{registry} cannot go on in the middle.")
        if status == 429:
            raise Problem("registry-busy", f"{registry} wants no more requests for now.", "Try again later.")
        if status >= 500:
            raise gone(registry, f"status {status}")
        raise wrong(registry, f"it answers with status {status}")

    def _denied(self) -> Problem:
        return Problem(
            "registry-denied",
            f"{self._reference.registry} does not give out “{self._reference.repository}”.",
            "There may be no such image. If it is not for all, log in with docker login first.",
        )


def _through(proxy: str) -> urllib3.ProxyManager:
    auth = urllib3.util.parse_url(proxy).auth
    return urllib3.ProxyManager(proxy, proxy_headers=urllib3.make_headers(proxy_basic_auth=auth) if auth else None)


def wrong(registry: str, why: str) -> Problem:
    return Problem("registry-wrong", f"{registry} does not work as a registry should: {why}.")


def gone(registry: str, error: object) -> Problem:
    return Problem(
        GONE,
        f"{registry} cannot be reached: {_why(error)}.",
        "Check the name and the network, then try again: what has come already is kept for a week.",
    )


def _why(error: object) -> str:
    match error:
        case NameResolutionError():
            return "nobody knows that name"
        case NewConnectionError():
            return "it takes no connections"
        case ConnectTimeoutError():
            return "it does not answer"
        case ReadTimeoutError():
            return "it does not answer any more"
        case HTTPError():
            return "the connection broke"
    return _short(error)


def _short(error: object) -> str:
    return " ".join(str(error).split())[-160:]
