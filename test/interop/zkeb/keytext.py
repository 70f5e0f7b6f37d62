"""Identities as text (envelope.md §9): the public line, PEM and JWK; and armor (§8.4)."""

import base64
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from . import hpke, mlkem
from .errors import Refused
from .keys import ED25519_PKCS8, ED25519_SPKI, X25519_PKCS8, X25519_SPKI, Ed25519Key, X25519Key, behind, from_secret
from .pae import pae, sha256
from .pq import MLDSA_SPKI
from .text import base64_decode, base64url_decode

_XWING, _SIGNING, _MLDSA = 1216, 2042, 1952
_SOME_SCALAR = bytes(range(1, 33))
_BEGIN, _END = "-----BEGIN ZKEB ENVELOPE-----", "-----END ZKEB ENVELOPE-----"


def fingerprint(kind, given):
    """Of the identity that a line, or two keys as PEM or JWK, stand for."""
    if isinstance(given, str):
        parts = given.strip().split(":")
        if len(parts) != 4 or parts[0] != f"zkeb-{kind}-v1":
            raise Refused("KEY", f"not a {kind} line")
        suite, encoded = parts[1], [base64url_decode(part) for part in parts[2:]]
    else:
        suites, encoded = zip(*(_read(kind, given[purpose]) for purpose in ("encryption", "signing")))
        if len(set(suites)) != 1:
            raise Refused("KEY", "two suites")
        suite = suites[0]
    if kind == "secret":
        return from_secret(suite, *encoded).fingerprint
    if suite not in PUBLIC:
        raise Refused("KEY", "suite")
    return sha256(pae("zkeb/identity/v1", *PUBLIC[suite](*encoded)))


# Public keys: the two fingerprints


def _rsa(*encoded):
    found = []
    for der in encoded:
        try:
            key = load_der_public_key(der)
        except (ValueError, UnsupportedAlgorithm):
            raise Refused("KEY", "SPKI") from None
        if not isinstance(key, rsa.RSAPublicKey) or not 2048 <= key.key_size <= 8192 or key.key_size % 8:
            raise Refused("KEY", "RSA key")
        if key.public_numbers().e != 65537:
            raise Refused("KEY", "public exponent")
        found.append(key)
    if len({key.public_numbers().n for key in found}) != 2:
        raise Refused("KEY", "one key twice")
    return [sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)) for key in found]


def _check_x25519(point):
    if hpke.x25519(_SOME_SCALAR, point) is None:
        raise Refused("KEY", "X25519 of small order")


def _x25519(encryption, signing):
    _check_x25519(behind(X25519_SPKI, encryption))
    Ed25519Key(behind(ED25519_SPKI, signing))
    return sha256(encryption), sha256(signing)


def _pq(encryption, signing):
    if len(encryption) != _XWING or len(signing) != _SIGNING:
        raise Refused("KEY", "length")
    if not mlkem.is_encapsulation_key(encryption[:-32]):
        raise Refused("KEY", "modulus check")
    _check_x25519(encryption[-32:])
    ed25519 = Ed25519Key(signing[16 + len(ED25519_SPKI) :][:32])
    if signing != pae(ed25519.spki, MLDSA_SPKI + signing[-_MLDSA:]):
        raise Refused("KEY", "other bytes than those of §2.3")
    return sha256(pae("zkeb/key/v1", "X-Wing", encryption)), sha256(signing)


PUBLIC = {"rsa": _rsa, "x25519": _x25519, "pq": _pq}


# PEM and JWK: the suite, and the bytes that a line would have


def _read(kind, key):
    if isinstance(key, dict):
        return _read_jwk(kind, key)
    label = "PRIVATE KEY" if kind == "secret" else "PUBLIC KEY"
    found = re.fullmatch(rf"-----BEGIN {label}-----\n([A-Za-z0-9+/=\n]*)\n-----END {label}-----\n?", key)
    if not found:
        raise Refused("KEY", "PEM")
    der = base64.b64decode(found[1].replace("\n", ""))
    is_curve = any(oid in der[:20] for oid in (b"\x06\x03\x2b\x65\x6e", b"\x06\x03\x2b\x65\x70"))
    return "x25519" if is_curve else "rsa", der


def _read_jwk(kind, jwk):
    if ("d" in jwk) != (kind == "secret"):
        raise Refused("KEY", "the other half")
    if jwk.get("kty") == "RSA":
        return "rsa", _rsa_jwk(kind, jwk)
    forms = {"X25519": (X25519_PKCS8, X25519_SPKI), "Ed25519": (ED25519_PKCS8, ED25519_SPKI)}
    if jwk.get("kty") != "OKP" or jwk.get("crv") not in forms or "x" not in jwk:
        raise Refused("KEY", "JWK")
    private, public = forms[jwk["crv"]]
    point = base64url_decode(jwk["x"])
    if kind == "public":
        return "x25519", public + point
    secret = base64url_decode(jwk["d"])
    if len(secret) != 32:
        raise Refused("KEY", "length of d")
    own = X25519Key(secret) if jwk["crv"] == "X25519" else Ed25519Key.from_seed(secret)
    if own.public != point:
        raise Refused("KEY", "x is not of d")
    return "x25519", private + secret


def _rsa_jwk(kind, jwk):
    n, e, d, p, q, dp, dq, qi = (
        int.from_bytes(base64url_decode(jwk.get(name, "")), "big") for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")
    )
    public = rsa.RSAPublicNumbers(e, n)
    if kind == "public":
        return public.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    try:
        key = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key()
    except ValueError:
        raise Refused("KEY", "numbers") from None
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


# Armor


def dearmor(text):
    lines = text.strip().replace("\r\n", "\n").split("\n")
    body = lines[1:-1]
    if len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise Refused("FORMAT", "first or last line")
    if any(len(line) != 64 for line in body[:-1]) or not 1 <= len(body[-1]) <= 64:
        raise Refused("FORMAT", "length of a line")
    return base64_decode("".join(body))
