"""Passphrases as recipients (passphrase.md)."""

import base64
import hashlib
import hmac
import re
import unicodedata

from . import hpke
from .argon2id import argon2id
from .errors import Refused
from .keys import X25519Key
from .pq import XWingKey
from .suites import PQ

_NUMBER = r"(0|[1-9][0-9]{0,9})"
_SALT = r"([A-Za-z0-9+/]{22})"
_ARGON2ID = re.compile(rf"\$argon2id\$v=19\$m={_NUMBER},t={_NUMBER},p={_NUMBER}\${_SALT}")
_SCRYPT = re.compile(rf"\$scrypt\$ln={_NUMBER},r=8,p={_NUMBER}\${_SALT}")
LEAST_MEMORY, LEAST_COST, MOST_COST, MOST_LANES = 8192, 32768, 1048576, 16


def _is_ours(label):
    return label is not None and label.startswith((b"$argon2id$", b"$scrypt$"))


def parse_label(label):
    """Kind, parameters, salt and cost."""
    text = label.decode()
    argon2id, scrypt = _ARGON2ID.fullmatch(text), _SCRYPT.fullmatch(text)
    found = argon2id or scrypt
    if not found:
        raise Refused("FORMAT", "label of a passphrase")
    salt = base64.b64decode(found.groups()[-1] + "==")
    if base64.b64encode(salt).rstrip(b"=").decode() != found.groups()[-1]:
        raise Refused("FORMAT", "unused bits of a salt")
    numbers = [int(n) for n in found.groups()[:-1]]
    if scrypt:
        ln, lanes = numbers
        memory = 2 ** min(ln, 40)
        cost = memory * lanes
    else:
        memory, passes, lanes = numbers
        cost = memory * passes
    if memory < LEAST_MEMORY or not LEAST_COST <= cost <= MOST_COST or not 1 <= lanes <= MOST_LANES:
        raise Refused("LIMIT", "cost")
    return "scrypt" if scrypt else "argon2id", numbers, salt, cost


class Passphrase:
    def __init__(self, text):
        self.bytes = unicodedata.normalize("NFKC", text).encode()
        self.seed = None

    def _seed(self, kind, numbers, salt):
        if kind == "argon2id":
            return argon2id(self.bytes, salt, *numbers, 32)
        ln, lanes = numbers
        return hashlib.scrypt(self.bytes, salt=salt, n=2**ln, r=8, p=lanes, dklen=32, maxmem=2**31 - 1)

    def key_for(self, suite, stanzas):
        """passphrase.md §4. No stanza and no key where the passphrase is wrong."""
        ours = [s for s in stanzas if suite.hpke and _is_ours(s.label)]
        if not ours:
            raise Refused("NOT_RECIPIENT")
        parsed = [parse_label(s.label) for s in ours]
        if sum(cost for *_, cost in parsed) > MOST_COST:
            raise Refused("LIMIT", "cost of all labels")
        for stanza, (kind, numbers, salt, _) in zip(ours, parsed):
            seed = self._seed(kind, numbers, salt)
            key = key_from_seed(suite, seed)
            if hmac.compare_digest(key.fingerprint, stanza.fingerprint):
                self.seed = seed
                return stanza, key
        return None, None


def key_from_seed(suite, seed):
    return XWingKey(seed) if suite is PQ else X25519Key(hpke.derive_x25519_secret(seed))
