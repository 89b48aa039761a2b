"""Who has signed an image of a registry: signatures of cosign, made with keys.

There are two ways in which they lie in a registry, and both are read: under the tag ``sha256-DIGEST.sig``, each a small
document that names image and digest; and as bundles that refer to the image, which cosign makes by default from its
third version on. All of it comes from the registry, which need not be honest: sizes and numbers are bounded, digests
checked, and what a document claims counts only if a trusted key has signed it.

Source: https://github.com/sigstore/cosign/blob/main/specs/ (SIGNATURE_SPEC.md, BUNDLE_SPEC.md);
https://github.com/secure-systems-lab/dsse/blob/master/protocol.md; OCI distribution specification 1.1 (referrers)
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from berth.core.image_reference import ImageReference, parse_reference
from berth.core.messages import Signature
from berth.core.problem import Problem
from berth.engine.images import layout
from berth.engine.images.layout import Digest, Size
from berth.engine.images.registry_connection import GONE, RegistryConnection
from berth.engine.images.signing_keys import PublicKey, load_key, verifies
from berth.engine.images.trust import TrustedKey

SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE = "dev.cosignproject.cosign/signature"
SIGNED = "https://sigstore.dev/cosign/sign/v1"
IN_TOTO = "application/vnd.in-toto+json"
_BUNDLE = "application/vnd.dev.sigstore.bundle"
_OF_COSIGN = (_BUNDLE, "application/vnd.dev.cosign.artifact.sig")
_CLAIM = "cosign container image signature"
_MAX_DOCUMENT = 256 << 10
_MOST_SIGNATURES = 32
_MOST_LOOKED_AT = 128
"""Other statements about an image lie among them."""
_NOT_THERE = ("image-unknown", "registry-denied")


class _Item(msgspec.Struct, frozen=True, rename="camel"):
    """A descriptor of something that need not be an image."""

    media_type: str
    digest: Digest
    size: Size
    annotations: dict[str, str] = {}
    artifact_type: str = ""


class _Manifest(msgspec.Struct, frozen=True):
    layers: tuple[_Item, ...] = ()


class _Referrers(msgspec.Struct, frozen=True):
    manifests: tuple[_Item, ...] = ()


class _Identity(msgspec.Struct, frozen=True, rename="kebab"):
    docker_reference: str


class _Image(msgspec.Struct, frozen=True, rename="kebab"):
    docker_manifest_digest: str


class _Critical(msgspec.Struct, frozen=True):
    identity: _Identity
    image: _Image
    type: str


class _Payload(msgspec.Struct, frozen=True):
    """Source: containers-signature(5), which cosign follows."""

    critical: _Critical


class _EnvelopeSignature(msgspec.Struct, frozen=True):
    sig: str


class _Envelope(msgspec.Struct, frozen=True, rename="camel"):
    payload: str
    payload_type: str
    signatures: tuple[_EnvelopeSignature, ...]


class _Bundle(msgspec.Struct, frozen=True, rename="camel"):
    dsse_envelope: _Envelope | None = None


class _Subject(msgspec.Struct, frozen=True):
    digest: dict[str, str]


class _Statement(msgspec.Struct, frozen=True, rename="camel"):
    predicate_type: str
    subject: tuple[_Subject, ...]


class _Claim(msgspec.Struct, frozen=True):
    """One signature: the bytes that were signed, and what they say.

    `fault` tells why they do not speak of this image, whoever has signed them; `foreign` why a key that is trusted
    must not have signed them for it.
    """

    message: bytes
    signatures: tuple[bytes, ...]
    fault: str = ""
    foreign: str = ""


def find_signature(
    connection: RegistryConnection, reference: ImageReference, digests: Sequence[str], keys: Sequence[TrustedKey]
) -> Signature:
    """Who has signed the image, as far as that is known.

    Args:
        digests: under which it may be signed: of what the name leads to, and of the manifest for this machine.

    Raises:
        Problem: ``signature-wrong``; ``signature-missing`` if one of `keys` is required and none has signed;
            `GONE`, ``registry-wrong``.
    """
    fitting = [key for key in keys if key.fits(reference)]
    trusted = [(key, load_key(key.pem)) for key in fitting]
    verdict = Signature("unsigned")
    for digest in dict.fromkeys(digests):
        verdict = _Search(connection, reference, digest).judged(trusted)
        if verdict.state != "unsigned":
            break
    if verdict.state != "signed" and any(key.required for key in fitting):
        raise _missing(reference, verdict, fitting)
    return verdict


class _Search:
    """For the signatures of one digest."""

    def __init__(self, connection: RegistryConnection, reference: ImageReference, digest: str) -> None:
        self._connection = connection
        self._reference = reference
        self._digest = digest

    def judged(self, keys: Sequence[tuple[TrustedKey, PublicKey]]) -> Signature:
        """One that a trusted key has made suffices, whatever else lies there."""
        state: Literal["unsigned", "untrusted"] = "unsigned"
        fault = ""
        for claim in self._claims():
            signer = _signer(claim, keys)
            if signer is not None and not (claim.fault or claim.foreign):
                return Signature("signed", signer.name, signer.fingerprint)
            fault = fault or claim.fault or (claim.foreign if signer is not None else "")
            state = "untrusted"
        if fault:
            raise wrong_signature(self._reference, fault)
        return Signature(state)

    def _claims(self) -> Iterator[_Claim]:
        claims = looked_at = 0
        for manifest in self._manifests():
            for item in manifest.layers:
                if not item.media_type.startswith((SIMPLE_SIGNING, _BUNDLE)):
                    continue
                claim = self._claim(item)
                looked_at += 1
                if claim is not None:
                    yield claim
                    claims += 1
                if claims == _MOST_SIGNATURES or looked_at == _MOST_LOOKED_AT:
                    return

    def _claim(self, item: _Item) -> _Claim | None:
        if item.media_type == SIMPLE_SIGNING:
            signature = _decoded(item.annotations.get(SIGNATURE, ""))
            return _simple(self._blob(item), signature, self._reference, self._digest)
        return _bundled(self._blob(item), self._digest) if item.media_type.startswith(_BUNDLE) else None

    # --- reading

    def _manifests(self) -> Iterator[_Manifest]:
        tag = self._digest.replace(":", "-")
        document = self._document(f"manifests/{tag}.sig")
        if document is not None:
            yield self._parsed(document, _Manifest)
        listed = self._document(f"referrers/{self._digest}", optional=True)
        if listed is None:
            listed = self._document(f"manifests/{tag}", optional=True)
        found = self._parsed(listed, _Referrers).manifests if listed is not None else ()
        for item in [item for item in found if item.artifact_type.startswith(_OF_COSIGN)][:_MOST_SIGNATURES]:
            document = self._document(f"manifests/{item.digest}")
            if document is not None:
                self._check(document, item)
                yield self._parsed(document, _Manifest)

    def _document(self, path: str, optional: bool = False) -> bytes | None:
        """None if the registry has no such thing; `optional`: it may also not know what is asked for."""
        accept = f"{layout.MANIFEST_TYPE}, {layout.INDEX_TYPE}"
        try:
            with self._connection.get(path, {"Accept": accept}) as answer:
                return answer.read(_MAX_DOCUMENT)
        except Problem as problem:
            if problem.code in _NOT_THERE or (optional and problem.code != GONE):
                return None
            raise

    def _blob(self, item: _Item) -> bytes:
        if item.size > _MAX_DOCUMENT:
            raise wrong_signature(self._reference, "it is far too large")
        with self._connection.get(f"blobs/{item.digest}", {}) as answer:
            data = answer.read(_MAX_DOCUMENT)
        self._check(data, item)
        return data

    def _check(self, data: bytes, item: _Item) -> None:
        if len(data) != item.size or layout.digest_of(data) != item.digest:
            raise wrong_signature(self._reference, "it was changed or damaged on its way")

    def _parsed(self, document: bytes, kind: type[layout.T]) -> layout.T:
        found = _read(document, kind)
        if found is None:
            raise wrong_signature(self._reference, "the registry's list of signatures cannot be read")
        return found


def _simple(data: bytes, signature: bytes, reference: ImageReference, digest: str) -> _Claim:
    """A document that names the image and its digest, signed as it is."""
    payload = _read(data, _Payload)
    if payload is None or payload.critical.type != _CLAIM:
        return _Claim(data, (signature,), "what was signed does not speak of an image")
    if payload.critical.image.docker_manifest_digest != digest:
        return _Claim(data, (signature,), "it was made for an image with other contents")
    named = payload.critical.identity.docker_reference
    if _name(named) != reference.name:
        return _Claim(data, (signature,), foreign=f"it was made for “{_shown(named)}”, not for “{reference.name}”")
    return _Claim(data, (signature,))


def _bundled(data: bytes, digest: str) -> _Claim | None:
    """A statement in an envelope; None if it states something else than that the image was signed."""
    bundle = _read(data, _Bundle)
    envelope = bundle.dsse_envelope if bundle is not None else None
    if envelope is None or envelope.payload_type != IN_TOTO:
        return None
    payload = _decoded(envelope.payload)
    statement = _read(payload, _Statement)
    if statement is None or statement.predicate_type != SIGNED:
        return None
    message = b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(payload), payload)
    signatures = tuple(_decoded(signature.sig) for signature in envelope.signatures[:_MOST_SIGNATURES])
    meant = any(subject.digest.get("sha256") == layout.hex_digits(digest) for subject in statement.subject)
    return _Claim(message, signatures, "" if meant else "it was made for an image with other contents")


def _signer(claim: _Claim, keys: Sequence[tuple[TrustedKey, PublicKey]]) -> TrustedKey | None:
    for trusted, key in keys:
        if any(verifies(key, signature, claim.message) for signature in claim.signatures):
            return trusted
    return None


def _read(data: bytes, kind: type[layout.T]) -> layout.T | None:
    try:
        return msgspec.json.decode(data, type=kind)
    except (ValueError, RecursionError):
        return None


def _decoded(text: str) -> bytes:
    """Base64; nothing that verifies if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _name(reference: str) -> str:
    try:
        return parse_reference(reference).name
    except Problem:
        return ""


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:100])


def wrong_signature(reference: ImageReference, why: str) -> Problem:
    return Problem(
        "signature-wrong",
        f"The signature of {reference.name} is wrong: {why}.",
        "Somebody may have changed the image or what is said about it. Nothing was fetched.",
    )


def _missing(reference: ImageReference, verdict: Signature, keys: Sequence[TrustedKey]) -> Problem:
    names = " or ".join(f"“{key.name}”" for key in keys[:5])
    found = "it is not signed" if verdict.state == "unsigned" else "it is signed by a key that you do not trust"
    return Problem(
        "signature-missing",
        f"{reference.name} has to be signed by {names}, but {found}.",
        "Nothing was fetched. What you require is listed by: berth keys",
    )
