"""Identities: their text, their fingerprints, and what their keys do (envelope.md §2, §9)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from . import hpke
from .errors import Refused
from .pae import pae, sha256
from .suites import PQ, RSA, X25519
from .text import base64url_decode

X25519_SPKI = bytes.fromhex("302a300506032b656e032100")
X25519_PKCS8 = bytes.fromhex("302e020100300506032b656e04220420")
ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
ED25519_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_SMALL = {
    0,
    1,
    _P - 1,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
}


class RsaEncryptionKey:
    def __init__(self, private):
        self.private = private
        self.spki = rsa_spki(private.public_key())
        self.fingerprint = sha256(self.spki)

    def unwrap(self, wrapped, info, aad):
        """OAEP has neither info nor aad. None where it fails."""
        if len(wrapped) != self.private.key_size // 8:
            return None
        oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
        try:
            return self.private.decrypt(wrapped, oaep)
        except ValueError:
            return None


class RsaSigningKey:
    def __init__(self, public):
        self.public = public
        self.spki = rsa_spki(public)
        self.fingerprint = sha256(self.spki)

    def verify(self, message, signature):
        if len(signature) != self.public.key_size // 8:
            return False
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        try:
            self.public.verify(signature, message, pss, hashes.SHA256())
        except InvalidSignature:
            return False
        return True


class X25519Key:
    def __init__(self, secret):
        self.secret = secret
        self.public = hpke.x25519_public(secret)
        self.spki = X25519_SPKI + self.public
        self.fingerprint = sha256(self.spki)

    def unwrap(self, wrapped, info, aad):
        shared = hpke.dhkem_decapsulate(self.secret, wrapped[:32])
        return shared and hpke.open_base(hpke.DHKEM_X25519, shared, info, aad, wrapped[32:])


class Ed25519Key:
    def __init__(self, public):
        y = int.from_bytes(public, "little") & (2**255 - 1)
        if len(public) != 32 or y >= _P or y in _SMALL:
            raise Refused("KEY", "Ed25519 public key")
        self.public = public
        self.spki = ED25519_SPKI + public
        self.fingerprint = sha256(self.spki)

    @classmethod
    def from_seed(cls, seed):
        key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
        return cls(key.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def verify(self, message, signature):
        if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= _L:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class Identity:
    """An encryption key and a signing key of one suite."""

    def __init__(self, suite, encryption, signing):
        self.suite = suite
        self.encryption = encryption
        self.signing = signing
        self.fingerprint = sha256(pae("zkeb/identity/v1", encryption.fingerprint, signing.fingerprint))

    def key_for(self, suite, stanzas):
        """The stanza for this identity, and the key that opens it (§7, step 5)."""
        for stanza in stanzas if suite is self.suite else ():
            if stanza.fingerprint == self.encryption.fingerprint:
                return stanza, self.encryption
        raise Refused("NOT_RECIPIENT")


def parse_secret(line):
    """zkeb-secret-v1:<suite>:<encryption key>:<signing key>"""
    parts = line.split(":")
    if len(parts) != 4 or parts[0] != "zkeb-secret-v1":
        raise Refused("KEY", "not a secret line")
    return from_secret(parts[1], *map(base64url_decode, parts[2:]))


def from_secret(suite, encryption, signing):
    """The name of a suite, and both keys as a line has them."""
    if suite == RSA.name:
        return _rsa_identity(encryption, signing)
    if suite == X25519.name:
        return Identity(
            X25519,
            X25519Key(behind(X25519_PKCS8, encryption)),
            Ed25519Key.from_seed(behind(ED25519_PKCS8, signing)),
        )
    if suite == PQ.name:
        from . import pq

        return Identity(PQ, *pq.parse_secret(encryption, signing))
    raise Refused("KEY", "suite")


def behind(prefix, data):
    if len(data) != len(prefix) + 32 or not data.startswith(prefix):
        raise Refused("KEY", "other bytes than those of §9")
    return data[len(prefix) :]


def _rsa_identity(encryption, signing):
    pair = []
    for der in (encryption, signing):
        if len(der) > 16384:
            raise Refused("KEY", "DER beyond 16384 bytes")
        try:
            key = load_der_private_key(der, None)
        except ValueError:
            raise Refused("KEY", "PKCS#8") from None
        if not isinstance(key, RSAPrivateKey) or not 2048 <= key.key_size <= 8192 or key.key_size % 8:
            raise Refused("KEY", "RSA key")
        if key.public_key().public_numbers().e != 65537:
            raise Refused("KEY", "public exponent")
        pair.append(key)
    if len({key.public_key().public_numbers().n for key in pair}) != 2:
        raise Refused("KEY", "one key twice")
    return Identity(RSA, RsaEncryptionKey(pair[0]), RsaSigningKey(pair[1].public_key()))


def rsa_spki(public):
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
