"""Signatures of images: only what a trusted key has signed, for this image, counts; whatever the registry says."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from berth.core.image_reference import ImageReference, parse_reference
from berth.core.messages import RegistryImage, Signature
from berth.core.problem import Problem
from berth.engine.images import fetch, trust
from berth.engine.images.arrival import Arrival
from berth.engine.images.inside import describe
from berth.engine.images.signatures import IN_TOTO, SIGNATURE, SIGNED, SIMPLE_SIGNING
from berth.engine.images.signing_keys import describe as kind_of
from berth.engine.images.signing_keys import fingerprint, load_key
from berth.engine.images.store import Image, ImageStore
from berth.engine.images.trust import TrustedKey
from tests.images.archives import ARCHITECTURE, descriptor, digest, member, small_root, snapshot
from tests.images.registry import (
    CONFIG,
    INDEX,
    MANIFEST,
    PROGRAM,
    Made,
    Memory,
    PlayedRegistry,
    RealRegistry,
    Request,
    Response,
    playing,
)

NOBODY: frozenset[str] = frozenset()
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass
class Referring(Memory):
    """A registry that also knows what refers to what; without `answers` it knows nothing of such questions."""

    referrers: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    answers: bool = True

    def __call__(self, request: Request) -> Response:
        if "/referrers/" not in request.path:
            return super().__call__(request)
        found = self.referrers.get(request.path.rpartition("/")[2], [])
        document = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": found}).encode()
        return Response(200, {"Content-Type": INDEX}, document) if self.answers else Response(404, {})


@pytest.fixture(autouse=True)
def no_log_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker").mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "docker"))


@pytest.fixture
def memory() -> Referring:
    return Referring()


@pytest.fixture
def registry(memory: Referring) -> Iterator[PlayedRegistry]:
    with playing(memory) as played:
        yield played


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "store")


def image(mark: bytes = b"") -> Made:
    said = {"architecture": ARCHITECTURE, "os": "linux", "config": {"Entrypoint": ["/usr/bin/hello"]}}
    return Made([small_root([member("usr/mark", mark)])], said, lambda layer: gzip.compress(layer, 1, mtime=0))


def named(registry: PlayedRegistry, tag: str = "1") -> ImageReference:
    return parse_reference(f"{registry.name}:{tag}")


def new_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem_of(key: PrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def trusted(key: PrivateKey, pattern: str = "*", required: bool = False, name: str = "Acme") -> TrustedKey:
    public = load_key(pem_of(key))
    return TrustedKey(name, pattern, required, pem_of(key), fingerprint(public), kind_of(public))


def sign(key: PrivateKey, data: bytes) -> bytes:
    match key:
        case ec.EllipticCurvePrivateKey():
            return key.sign(data, ec.ECDSA(hashes.SHA256()))
        case rsa.RSAPrivateKey():
            return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data)


def claim(reference: str, image_digest: str, kind: str = "cosign container image signature") -> bytes:
    critical = {
        "identity": {"docker-reference": reference},
        "image": {"docker-manifest-digest": image_digest},
        "type": kind,
    }
    return json.dumps({"critical": critical, "optional": {"creator": "me"}}).encode()


def layer(payload: bytes, signature: bytes | str) -> dict[str, object]:
    text = signature if isinstance(signature, str) else base64.b64encode(signature).decode()
    return {**descriptor(payload, SIMPLE_SIGNING), "annotations": {SIGNATURE: text}}


def attach(to: Memory | RealRegistry, signed: str, *layers: dict[str, object]) -> None:
    """As cosign does: under a tag that is called by what is signed."""
    to.push_blob(b"{}")
    document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": descriptor(b"{}", CONFIG), "layers": layers}
    to.push_manifest(f"{signed.replace(':', '-')}.sig", MANIFEST, json.dumps(document).encode())


def signed_simply(to: Memory | RealRegistry, made: Made, reference: str, key: PrivateKey) -> None:
    payload = claim(reference, digest(made.manifest))
    to.push_blob(payload)
    attach(to, digest(made.manifest), layer(payload, sign(key, payload)))


def bundle(key: PrivateKey, signed: str, predicate: str = SIGNED) -> bytes:
    subject = [{"name": "", "digest": {"sha256": signed.removeprefix("sha256:")}}]
    statement = {"_type": "https://in-toto.io/Statement/v1", "subject": subject, "predicateType": predicate}
    payload = json.dumps({**statement, "predicate": {}}).encode()
    message = b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(payload), payload)
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": IN_TOTO,
        "signatures": [{"sig": base64.b64encode(sign(key, message)).decode()}],
    }
    hint = {"publicKey": {"hint": "x"}}
    return json.dumps({"mediaType": BUNDLE, "verificationMaterial": hint, "dsseEnvelope": envelope}).encode()


def refer(memory: Referring, signed: str, *bundles: bytes) -> list[dict[str, object]]:
    """As cosign does from version 3 on: a manifest of its own for each bundle, which names what it is about."""
    items: list[dict[str, object]] = []
    for data in bundles:
        empty = descriptor(b"{}", "application/vnd.oci.empty.v1+json")
        document = {
            "mediaType": MANIFEST,
            "artifactType": BUNDLE,
            "config": empty,
            "layers": [descriptor(data, BUNDLE)],
        }
        manifest = json.dumps(document).encode()
        memory.push_blob(data)
        memory.push_manifest(digest(manifest), MANIFEST, manifest)
        items.append({**descriptor(manifest, MANIFEST), "artifactType": BUNDLE})
    memory.referrers[signed] = items
    return items


def arrival(store: ImageStore) -> Arrival:
    return Arrival(store.root.parent / "manifests", NOBODY, NOBODY, NOBODY, strict=True)


def pull(store: ImageStore, reference: ImageReference, *keys: TrustedKey) -> Image:
    return fetch.pull(store, reference, arrival(store), lambda _progress: None, (0.0, 0.0), keys)


def look(store: ImageStore, reference: ImageReference, *keys: TrustedKey, here: bool = False) -> RegistryImage:
    return fetch.look(store, reference, arrival(store), here, keys)


def refused(store: ImageStore, reference: ImageReference, *keys: TrustedKey) -> Problem:
    """Why nothing came, that it was told before, too, and that nothing has changed."""
    before = snapshot(store.root)
    with pytest.raises(Problem) as caught:
        pull(store, reference, *keys)
    with pytest.raises(Problem) as told:
        look(store, reference, *keys)
    assert (told.value.code, told.value.message) == (caught.value.code, caught.value.message)
    assert snapshot(store.root) == before and store.find("some") is None
    return caught.value


# --- what is signed


@pytest.mark.parametrize("kind", ["ECDSA P-256", "ECDSA P-384", "Ed25519", "RSA 2048"])
def test_a_trusted_key_has_signed(kind: str, memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    made = image()
    made.push(memory)
    keys: dict[str, PrivateKey] = {
        "ECDSA P-256": ec.generate_private_key(ec.SECP256R1()),
        "ECDSA P-384": ec.generate_private_key(ec.SECP384R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
        "RSA 2048": rsa.generate_private_key(65537, 2048),
    }
    key = trusted(keys[kind], required=True)
    assert key.kind == kind
    signed_simply(memory, made, registry.name, keys[kind])
    expected = Signature("signed", "Acme", key.fingerprint)
    assert look(store, named(registry), key).signature == expected
    found = pull(store, named(registry), key)
    assert found.signature == expected
    kept = store.find(found.name)
    assert kept is not None and describe(store, kept.reference).signature == expected
    assert look(store, named(registry), key) == RegistryImage(found.source, found.name, 0, "", False, True, expected)


def test_what_openssl_signs(memory: Referring, registry: PlayedRegistry, store: ImageStore, tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    private, public, data = tmp_path / "key", tmp_path / "pub", tmp_path / "payload"
    made = image()
    made.push(memory)
    data.write_bytes(claim(registry.name, digest(made.manifest)))
    for command in (
        ("ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", private),
        ("ec", "-in", private, "-pubout", "-out", public),
    ):
        subprocess.run([openssl, *command], check=True, capture_output=True)
    signing = (openssl, "dgst", "-sha256", "-sign", private, data)
    signature = subprocess.run(signing, check=True, capture_output=True).stdout
    memory.push_blob(data.read_bytes())
    attach(memory, digest(made.manifest), layer(data.read_bytes(), signature))
    key = load_key(public.read_text())
    acme = TrustedKey("Acme", "*", True, public.read_text(), fingerprint(key), kind_of(key))
    assert pull(store, named(registry), acme).signature == Signature("signed", "Acme", acme.fingerprint)


def test_one_good_signature_among_bad_ones(memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    made, key = image(), new_key()
    made.push(memory)
    good, bad = claim(registry.name, digest(made.manifest)), claim(registry.name, "sha256:" + "0" * 64)
    memory.push_blob(good)
    memory.push_blob(bad)
    layers = [
        layer(bad, b"x"),
        layer(good, "no base64!"),
        layer(good, sign(new_key(), good)),
        layer(good, sign(key, good)),
    ]
    attach(memory, digest(made.manifest), *layers)
    assert pull(store, named(registry), trusted(key, required=True)).signature.state == "signed"


def test_an_index_or_the_variant_for_this_machine(
    memory: Referring, registry: PlayedRegistry, store: ImageStore
) -> None:
    key = new_key()
    for tag, mark in (("whole", b"1"), ("variant", b"2")):
        made = image(mark)
        made.push(memory, f"{tag}-this")
        platform = {"architecture": ARCHITECTURE, "os": "linux"}
        item = {**descriptor(made.manifest, MANIFEST), "platform": platform}
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [item]}).encode()
        memory.push_manifest(tag, INDEX, index)
        signed = digest(index) if tag == "whole" else digest(made.manifest)
        payload = claim(registry.name, signed)
        memory.push_blob(payload)
        attach(memory, signed, layer(payload, sign(key, payload)))
        assert look(store, named(registry, tag), trusted(key)).signature.state == "signed"


@pytest.mark.parametrize("answers", [True, False])
def test_bundles(answers: bool, memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    """Listed by the registry or, where it cannot, under a tag."""
    made, key = image(), new_key()
    made.push(memory)
    signed = digest(made.manifest)
    attestation = bundle(key, signed, "https://slsa.dev/provenance/v1")
    items = refer(memory, signed, attestation, bundle(new_key(), signed), bundle(key, signed))
    memory.answers = answers
    if not answers:
        listing = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": items}).encode()
        memory.push_manifest(signed.replace(":", "-"), INDEX, listing)
    acme = trusted(key, required=True)
    assert pull(store, named(registry), acme).signature == Signature("signed", "Acme", acme.fingerprint)
    refer(memory, signed, attestation)
    memory.answers = True
    assert look(ImageStore(store.root.parent / "other"), named(registry), trusted(key)).signature.state == "unsigned"


@pytest.mark.skipif(PROGRAM is None, reason="needs docker-registry")
def test_a_real_registry(store: ImageStore, tmp_path: Path) -> None:
    real = RealRegistry(tmp_path)
    try:
        with playing(real) as registry:
            made, key = image(), new_key()
            made.push(real)
            assert look(store, named(registry), trusted(key)).signature == Signature("unsigned")
            signed_simply(real, made, registry.name, key)
            assert pull(store, named(registry), trusted(key, required=True)).signature.state == "signed"
    finally:
        real.close()


# --- what is not


def test_nobody_has_signed(memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    image().push(memory)
    problem = refused(store, named(registry), trusted(new_key(), required=True))
    assert problem.code == "signature-missing" and "“Acme”, but it is not signed" in problem.message
    assert pull(store, named(registry), trusted(new_key())).signature == Signature("unsigned")


def test_a_key_that_is_not_trusted(memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    made, key = image(), new_key()
    made.push(memory)
    signed_simply(memory, made, registry.name, key)
    problem = refused(store, named(registry), trusted(new_key(), required=True))
    assert problem.code == "signature-missing" and "a key that you do not trust" in problem.message
    elsewhere = trusted(key, "ghcr.io/acme/*", required=True)
    assert look(store, named(registry), elsewhere).signature == Signature("untrusted")
    # What the right key would say of images elsewhere helps none that has to be signed by another.
    assert refused(store, named(registry), elsewhere, trusted(new_key(), required=True)).code == "signature-missing"


def test_it_was_made_for_something_else(memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    made, key = image(), new_key()
    made.push(memory)
    payload = claim(registry.name, digest(image(b"older").manifest))
    memory.push_blob(payload)
    attach(memory, digest(made.manifest), layer(payload, sign(key, payload)))
    problem = refused(store, named(registry), trusted(key))
    assert problem.code == "signature-wrong" and "other contents" in problem.message
    signed_simply(memory, made, "ghcr.io/acme/other", key)
    problem = refused(store, named(registry), trusted(key))
    assert problem.code == "signature-wrong" and "“ghcr.io/acme/other”" in problem.message
    # A copy of an image brings its signatures along; of a stranger's that is no harm.
    assert look(store, named(registry), trusted(new_key())).signature == Signature("untrusted")
    refer(memory, digest(made.manifest), bundle(key, digest(image(b"older").manifest)))
    memory.manifests.pop(f"{digest(made.manifest).replace(':', '-')}.sig")
    assert "other contents" in refused(store, named(registry), trusted(key)).message


def test_what_was_signed_is_changed(memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    made, key = image(), new_key()
    made.push(memory)
    payload = claim(registry.name, digest(made.manifest))
    other = claim(registry.name, digest(made.manifest)).replace(b"me", b"us")
    memory.push_blob(other)
    attach(memory, digest(made.manifest), layer(other, sign(key, payload)))
    assert refused(store, named(registry), trusted(key, required=True)).code == "signature-missing"
    attach(memory, digest(made.manifest), layer(payload, sign(key, payload)))
    memory.blobs[digest(payload)] = other
    problem = refused(store, named(registry), trusted(key))
    assert problem.code == "signature-wrong" and "changed or damaged" in problem.message


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[" * 100_000,
        b'{"critical": 1}',
        b'{"critical": {"identity": {"docker-reference": []}, "image": {}, "type": ""}}',
        claim("x", "y", "atomic container signature"),
        b"\xff\xfe",
    ],
)
def test_nonsense_is_signed(payload: bytes, memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    made, key = image(), new_key()
    made.push(memory)
    memory.push_blob(payload)
    attach(memory, digest(made.manifest), layer(payload, sign(key, payload)))
    assert refused(store, named(registry), trusted(key)).code == "signature-wrong"


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b'{"layers": "\xff"}', b'{"layers": 1}', b'{"layers": [{"digest": "../x"}]}', b"[" * 99_999],
)
def test_a_list_of_nonsense(document: bytes, memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    made = image()
    made.push(memory)
    memory.push_manifest(f"{digest(made.manifest).replace(':', '-')}.sig", MANIFEST, document)
    problem = refused(store, named(registry))
    assert problem.code == "signature-wrong" and "cannot be read" in problem.message


def test_far_too_much(memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    made, key = image(), new_key()
    made.push(memory)
    tag = f"{digest(made.manifest).replace(':', '-')}.sig"
    memory.push_manifest(tag, MANIFEST, b" " * (1 << 20))
    assert refused(store, named(registry)).code == "registry-wrong"
    payload = claim(registry.name, digest(made.manifest)) + b" " * (1 << 20)
    attach(memory, digest(made.manifest), layer(payload, sign(key, payload)))
    assert "too large" in refused(store, named(registry), trusted(key)).message
    payload = claim(registry.name, digest(made.manifest))
    memory.push_blob(payload)
    before = len(registry.requests)
    bad = [layer(payload, b"%d" % number) for number in range(500)]
    attach(memory, digest(made.manifest), *bad, layer(payload, sign(key, payload)))
    assert look(store, named(registry), trusted(key)).signature == Signature("untrusted")
    assert len(registry.requests) - before < 60
    before = len(registry.requests)
    other = bundle(key, digest(made.manifest), "https://slsa.dev/provenance/v1")
    memory.push_blob(other)
    attach(memory, digest(made.manifest), *[descriptor(other, BUNDLE) for _ in range(500)])
    assert look(store, named(registry), trusted(key)).signature == Signature("unsigned")
    assert len(registry.requests) - before < 160


def test_a_registry_that_stops(memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    made, key = image(), new_key()
    made.push(memory)
    signed_simply(memory, made, registry.name, key)
    down = [True, True]

    def fault(request: Request, response: Response) -> Response:
        return replace(response, status=503) if request.path.endswith(".sig") and down and down.pop() else response

    registry.fault = fault
    assert pull(store, named(registry), trusted(key, required=True)).signature.state == "signed"
    registry.fault = lambda request, response: replace(response, status=503) if ".sig" in request.path else response
    assert refused(ImageStore(store.root.parent / "b"), named(registry), trusted(key)).code == "registry-gone"


def test_what_is_required_later(memory: Referring, registry: PlayedRegistry, store: ImageStore) -> None:
    """What is here was fetched when nobody asked for a signature: it is looked for before it counts as here."""
    made, key = image(), new_key()
    made.push(memory)
    first = pull(store, named(registry))
    assert look(store, named(registry), here=True).present
    with pytest.raises(Problem, match="has to be signed"):
        look(store, named(registry), trusted(key, required=True), here=True)
    signed_simply(memory, made, registry.name, key)
    found = look(store, named(registry), trusted(key, required=True), here=True)
    assert not found.present and found.signature.state == "signed"
    again = pull(store, named(registry), trusted(key, required=True))
    assert again.digest == first.digest and again.signature.state == "signed"
    assert look(store, named(registry), trusted(key, required=True), here=True).present
    assert store.verify() == [] and len(store.versions(first.name)) == 1


# --- trust


@pytest.mark.parametrize(
    ("text", "pattern", "fits", "others"),
    [
        ("*", "*", ("docker.io/a/b", "localhost:5000/x"), ()),
        ("debian", "docker.io/library/debian", ("debian:12",), ("docker.io/library/debian-evil", "me/debian")),
        ("acme/*", "docker.io/acme/*", ("acme/app",), ("acme-evil/app", "ghcr.io/acme/app")),
        ("ghcr.io/acme/*", "ghcr.io/acme/*", ("ghcr.io/acme/app", "ghcr.io/acme/a/b"), ("ghcr.io/acmeevil/app",)),
        ("docker.io/*", "docker.io/*", ("debian", "a/b"), ("ghcr.io/a/b",)),
        ("ghcr.io/*", "ghcr.io/*", ("ghcr.io/x/y",), ("ghcr.io.evil.com/x/y",)),
        ("LOCALHOST:5000/*", "localhost:5000/*", ("localhost:5000/x",), ("localhost:5001/x",)),
    ],
)
def test_patterns(text: str, pattern: str, fits: tuple[str, ...], others: tuple[str, ...]) -> None:
    assert trust.pattern_of(text) == pattern == trust.pattern_of(pattern)
    key = TrustedKey("k", pattern, False, "", "", "")
    assert all(key.fits(parse_reference(reference)) for reference in fits)
    assert not any(key.fits(parse_reference(reference)) for reference in others)


@pytest.mark.parametrize("text", ["", "a b", "*/x", "ghcr.io/a*", "debian:12", "a/b@sha256:" + "0" * 64, "/*", "../*"])
def test_bad_patterns(text: str) -> None:
    with pytest.raises(Problem, match="does not say which images"):
        trust.pattern_of(text)


def test_bad_keys() -> None:
    private = new_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    small = pem_of(rsa.generate_private_key(65537, 1024))
    other = pem_of(ec.generate_private_key(ec.SECP256K1()))
    for text in ("", "nonsense", private.decode(), small, other, pem_of(new_key())[:80]):
        with pytest.raises(Problem) as caught:
            load_key(text)
        assert caught.value.code == "key-invalid"


def test_the_file(tmp_path: Path) -> None:
    tmp_path = tmp_path / "state"
    tmp_path.mkdir()
    path = tmp_path / "keys.json"
    assert trust.read_keys(path) == ()
    keys = (trusted(new_key()), trusted(new_key(), "ghcr.io/a/*", True, "Other"))
    (tmp_path / "keys.json.new").symlink_to(tmp_path / "elsewhere")
    trust.write_keys(path, keys)
    assert trust.read_keys(path) == keys and path.stat().st_mode & 0o777 == 0o600
    assert sorted(place.name for place in tmp_path.iterdir()) == ["keys.json"]
    for data in (b"", b"{", b'{"keys": 1}', b'{"keys": "\xff"}', b'{"key": []}', path.read_bytes()[:-9]):
        path.write_bytes(data)
        with pytest.raises(Problem) as caught:
            trust.read_keys(path)
        assert caught.value.code == "keys-unreadable"
    (tmp_path / "d").mkdir()
    with pytest.raises(Problem, match="cannot be written"):
        trust.write_keys(tmp_path / "d", keys)
    for name in ("", " x", "a\nb", "a\x1b", "x" * 65):
        with pytest.raises(Problem, match="no name"):
            trust.check_name(name)


def test_what_is_kept_of_a_signature_can_be_damaged(store: ImageStore) -> None:
    empty = Image("a:1", "", None, None, {})  # type: ignore[arg-type]
    assert empty.signature == replace(empty, annotations={"app.berth.signature": "{"}).signature == Signature()
    kept = {"app.berth.signature": msgspec.json.encode(Signature("untrusted")).decode()}
    assert replace(empty, annotations=kept).signature == Signature("untrusted")
