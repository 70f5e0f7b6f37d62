"""RFC 9180, base mode, one message, of which only the recipient's side is here (envelope.md §2.2)."""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

DHKEM_X25519 = 0x0020
XWING = 0x647A


def hkdf_extract(salt, ikm, digest):
    return hmac.digest(salt or bytes(hashlib.new(digest).digest_size), ikm, digest)


def hkdf_expand(prk, info, length, digest):
    out = block = b""
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([len(out) // hashlib.new(digest).digest_size + 1]), digest)
        out += block
    return out[:length]


def _labeled_extract(suite_id, salt, label, ikm):
    return hkdf_extract(salt, b"HPKE-v1" + suite_id + label + ikm, "sha256")


def _labeled_expand(suite_id, prk, label, info, length):
    return hkdf_expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + info, length, "sha256")


def x25519_public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def x25519(secret, point):
    """None where the shared secret is all zero, which MUST be refused."""
    try:
        shared = X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError:
        return None
    return shared if any(shared) else None


def derive_x25519_secret(ikm):
    """DeriveKeyPair of RFC 9180 §7.1.3."""
    suite_id = b"KEM" + DHKEM_X25519.to_bytes(2, "big")
    prk = _labeled_extract(suite_id, b"", b"dkp_prk", ikm)
    return _labeled_expand(suite_id, prk, b"sk", b"", 32)


def dhkem_decapsulate(secret, enc):
    suite_id = b"KEM" + DHKEM_X25519.to_bytes(2, "big")
    dh = x25519(secret, enc)
    if dh is None:
        return None
    prk = _labeled_extract(suite_id, b"", b"eae_prk", dh)
    return _labeled_expand(suite_id, prk, b"shared_secret", enc + x25519_public(secret), 32)


def open_base(kem, shared_secret, info, aad, ciphertext):
    """None where the tag is wrong."""
    suite_id = b"HPKE" + kem.to_bytes(2, "big") + b"\x00\x01" + b"\x00\x02"
    context = (
        b"\x00"
        + _labeled_extract(suite_id, b"", b"psk_id_hash", b"")
        + _labeled_extract(suite_id, b"", b"info_hash", info)
    )
    secret = _labeled_extract(suite_id, shared_secret, b"secret", b"")
    key = _labeled_expand(suite_id, secret, b"key", context, 32)
    nonce = _labeled_expand(suite_id, secret, b"base_nonce", context, 12)
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, aad)
    except InvalidTag:
        return None
