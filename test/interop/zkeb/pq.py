"""Keys of suite pq: X-Wing, and Ed25519 with ML-DSA-65 (envelope.md §2.3)."""

import hashlib

from . import hpke, mldsa, mlkem
from .errors import Refused
from .keys import ED25519_PKCS8, Ed25519Key
from .pae import pae, sha256

MLDSA_SPKI = bytes.fromhex("308207b2300b0609608648016503040312038207a100")
MLDSA_PKCS8 = bytes.fromhex("3034020100300b060960864801650304031204228020")
XWING_LABEL = bytes.fromhex("5c2e2f2f5e5c")


class XWingKey:
    def __init__(self, seed):
        expanded = hashlib.shake_256(seed).digest(96)
        self._mlkem = mlkem.DecapsulationKey(expanded[:32], expanded[32:64])
        self._x25519 = expanded[64:]
        self.public = self._mlkem.public + hpke.x25519_public(self._x25519)
        self.fingerprint = sha256(pae("zkeb/key/v1", "X-Wing", self.public))

    def _decapsulate(self, enc):
        ct_m, ct_x = enc[: mlkem.CIPHERTEXT], enc[mlkem.CIPHERTEXT :]
        ss_x = hpke.x25519(self._x25519, ct_x)
        if ss_x is None:
            return None
        ss_m = self._mlkem.decapsulate(ct_m)
        return hashlib.sha3_256(ss_m + ss_x + ct_x + self.public[-32:] + XWING_LABEL).digest()

    def unwrap(self, wrapped, info, aad):
        shared = self._decapsulate(wrapped[:1120])
        return shared and hpke.open_base(hpke.XWING, shared, info, aad, wrapped[1120:])


class PqSigningKey:
    def __init__(self, ed25519, mldsa_public):
        self.ed25519 = ed25519
        self.mldsa = mldsa_public
        self.encoded = pae(ed25519.spki, MLDSA_SPKI + mldsa_public)
        self.fingerprint = sha256(self.encoded)

    def verify(self, message, signature):
        ed25519 = self.ed25519.verify(message, signature[:64])
        return mldsa.verify(self.mldsa, message, signature[64:]) and ed25519


def parse_secret(encryption, signing):
    seed1, seed2 = signing[16 + len(ED25519_PKCS8) :][:32], signing[-32:]
    if len(encryption) != 32 or signing != pae(ED25519_PKCS8 + seed1, MLDSA_PKCS8 + seed2):
        raise Refused("KEY", "other bytes than those of §9")
    return XWingKey(encryption), PqSigningKey(Ed25519Key.from_seed(seed1), mldsa.public_key(seed2))
