"""Public keys and what they have signed: the only place that does cryptography.

What cosign makes and takes: ECDSA and RSA (PKCS #1 1.5) with SHA-256, and Ed25519.

Source: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#signature-schemes
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from berth.core.problem import Problem

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_RSA_BITS = range(2048, 8193)


def load_key(pem: str) -> PublicKey:
    """Raises `Problem` ``key-invalid``."""
    if "PRIVATE KEY" in pem:
        raise _invalid("it is a private key, which nobody but its owner should have")
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise _invalid("it is no public key in PEM") from None
    match key:
        case ec.EllipticCurvePublicKey() if key.curve.name in _CURVES:
            return key
        case ed25519.Ed25519PublicKey():
            return key
        case rsa.RSAPublicKey() if key.key_size in _RSA_BITS:
            return key
    raise _invalid("it is of a kind or size that images are not signed with")


def _invalid(why: str) -> Problem:
    return Problem("key-invalid", f"The key cannot be used: {why}.", "Take the file that cosign calls cosign.pub.")


def describe(key: PublicKey) -> str:
    match key:
        case ec.EllipticCurvePublicKey():
            return f"ECDSA {_CURVES[key.curve.name]}"
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
    return "Ed25519"


def fingerprint(key: PublicKey) -> str:
    """SHA-256 of the key as others count it as well: ``openssl pkey -pubin -outform DER | sha256sum``."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).hexdigest()


def verifies(key: PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
            case rsa.RSAPublicKey():
                key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            case _:
                key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
