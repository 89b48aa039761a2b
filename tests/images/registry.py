"""A registry for the tests, which can be told to misbehave, in front of images in memory or of a real registry.

The real one is Debian's docker-registry, on loopback.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import urllib3

from tests.images.archives import descriptor, digest

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
PROGRAM = shutil.which("docker-registry") or shutil.which("docker-registry", path="/usr/sbin:/usr/bin")


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]


@dataclass
class Response:
    """`cut`: after so many bytes of the body the connection ends; `stalled`: it waits there until that is set."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    cut: int | None = None
    stalled: threading.Event | None = None


Fault = Callable[[Request, Response], Response]
Source = Callable[[Request], Response]


@dataclass
class Memory:
    """Manifests by tag and digest, blobs by digest; knows ranges as the specification wants them."""

    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def push_blob(self, data: bytes) -> None:
        self.blobs[digest(data)] = data

    def push_manifest(self, name: str, kind: str, document: bytes) -> None:
        self.manifests[name] = self.manifests[digest(document)] = (kind, document)

    def __call__(self, request: Request) -> Response:
        match = re.fullmatch(r"/v2/(?P<name>.+)/(?P<what>manifests|blobs)/(?P<which>[^/]+)", request.path)
        if match and match["what"] == "manifests" and match["which"] in self.manifests:
            kind, document = self.manifests[match["which"]]
            return Response(200, {"Content-Type": kind, "Docker-Content-Digest": digest(document)}, document)
        if match and match["which"] in self.blobs:
            return _ranged(request, self.blobs[match["which"]])
        return Response(404, {})


def _ranged(request: Request, data: bytes) -> Response:
    asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
    if not asked:
        return Response(200, {}, data)
    start = int(asked[1])
    if start >= len(data):
        return Response(416, {})
    return Response(206, {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}, data[start:])


class RealRegistry:
    """A docker-registry; `address` is its host and port."""

    def __init__(self, directory: Path) -> None:
        configuration = directory / "registry.yml"
        storage = {"filesystem": {"rootdirectory": str(directory / "registry")}}
        http = {"addr": "127.0.0.1:0", "secret": "of no importance"}
        configuration.write_text(json.dumps({"version": 0.1, "storage": storage, "http": http}))
        assert PROGRAM is not None
        command = [PROGRAM, "serve", str(configuration)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._pool = urllib3.PoolManager()
        self.address = self._listening()
        self._drain = threading.Thread(target=lambda: list(self._process.stderr or ()))
        self._drain.start()

    def _listening(self) -> str:
        said = []
        for line in self._process.stderr or ():
            said.append(line)
            match = re.search(r"listening on (127\.0\.0\.1:\d+)", line)
            if match:
                return match[1]
        raise AssertionError("".join(said))

    def push_blob(self, data: bytes) -> None:
        started = self._pool.request("POST", f"http://{self.address}/v2/{NAME}/blobs/uploads/")
        place = started.headers["Location"]
        place += f"{'&' if '?' in place else '?'}digest={digest(data)}"
        put = self._pool.request("PUT", place, body=data, headers={"Content-Type": "application/octet-stream"})
        assert put.status == 201, put.data

    def push_manifest(self, name: str, kind: str, document: bytes) -> None:
        place = f"http://{self.address}/v2/{NAME}/manifests/{name}"
        put = self._pool.request("PUT", place, body=document, headers={"Content-Type": kind})
        assert put.status == 201, put.data

    def __call__(self, request: Request) -> Response:
        passed = {name: request.headers[name] for name in ("accept", "range") if name in request.headers}
        answer = self._pool.request(request.method, f"http://{self.address}{request.path}", headers=passed)
        kept = ("Content-Type", "Docker-Content-Digest", "Content-Range")
        headers = {name: answer.headers[name] for name in kept if name in answer.headers}
        return Response(answer.status, headers, answer.data)

    def close(self) -> None:
        self._pool.clear()
        self._process.terminate()
        self._process.wait()
        self._drain.join()
        if self._process.stderr:
            self._process.stderr.close()


NAME = "some/thing"


class PlayedRegistry:
    """Listens on loopback. `fault` may change each answer before it goes out; `requests` are those that came."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.fault: Fault = lambda _request, response: response
        self.requests: list[Request] = []
        self.sent = 0
        played = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, headers)
                played.requests.append(request)
                self._answer(played.fault(request, played.source(request)))

            do_HEAD = do_GET

            def _answer(self, response: Response) -> None:
                self.send_response(response.status)
                length = {} if "Transfer-Encoding" in response.headers else {"Content-Length": str(len(response.body))}
                for name, value in {**length, **response.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "HEAD":
                    return
                body = response.body if response.cut is None else response.body[: response.cut]
                played.sent += len(body)  # before whoever reads it knows of it
                self.wfile.write(body)
                self.wfile.flush()
                if response.stalled is not None:
                    response.stalled.wait(60)
                if response.cut is not None:
                    self.close_connection = True

            def log_message(self, *_arguments: object) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_arguments: object) -> None:
                """Clients that hang up are part of the tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.port}/{NAME}"

    def asked(self, part: str) -> list[Request]:
        return [request for request in self.requests if part in request.path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def playing(source: Source) -> Iterator[PlayedRegistry]:
    played = PlayedRegistry(source)
    try:
        yield played
    finally:
        played.close()


class Made:
    """An image in the making for a registry: change any part before `push`."""

    def __init__(self, layers: list[bytes], config: dict[str, object], pack: Callable[[bytes], bytes]) -> None:
        self.blobs = [pack(layer) for layer in layers]
        self.config = config
        config.setdefault("rootfs", {"type": "layers", "diff_ids": [digest(layer) for layer in layers]})
        self.kind = MANIFEST
        self.config_type = CONFIG
        self.layer_type = LAYER

    @property
    def config_document(self) -> bytes:
        return json.dumps(self.config).encode()

    @property
    def manifest(self) -> bytes:
        document = {
            "schemaVersion": 2,
            "mediaType": self.kind,
            "config": descriptor(self.config_document, self.config_type),
            "layers": [descriptor(blob, self.layer_type) for blob in self.blobs],
        }
        return json.dumps(document).encode()

    def push(self, to: Memory | RealRegistry, tag: str = "1") -> None:
        for blob in (self.config_document, *self.blobs):
            to.push_blob(blob)
        to.push_manifest(tag, self.kind, self.manifest)


def noise(size: int) -> bytes:
    """Bytes that do not get smaller when they are packed, the same in each run."""
    return hashlib.shake_256(b"noise").digest(size)
