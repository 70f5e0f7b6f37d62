"""Public identities, from encoded keys (envelope.md §2) as manifests and enrolments carry them."""

from cryptography.hazmat.primitives.serialization import load_der_public_key

from .errors import Refused
from .keys import ED25519_SPKI, Ed25519Key, RsaSigningKey
from .keytext import PUBLIC
from .pae import pae, sha256
from .pq import PqSigningKey
from .suites import PQ, RSA, SUITES


class PublicIdentity:
    """Refuses keys that are not acceptable ones of the suite: KEY."""

    def __init__(self, suite_name, encryption, signing):
        self.suite = {suite.name: suite for suite in SUITES}[suite_name]
        self.encryption_fingerprint, self.signing_fingerprint = PUBLIC[suite_name](encryption, signing)
        self.fingerprint = sha256(pae("zkeb/identity/v1", self.encryption_fingerprint, self.signing_fingerprint))
        if self.suite is RSA:
            if (sha256(encryption), sha256(signing)) != (self.encryption_fingerprint, self.signing_fingerprint):
                raise Refused("KEY", "another form of DER")
            self.signing = RsaSigningKey(load_der_public_key(signing))
        elif self.suite is PQ:
            ed25519 = Ed25519Key(signing[16 + len(ED25519_SPKI) :][:32])
            self.signing = PqSigningKey(ed25519, signing[-1952:])
        else:
            self.signing = Ed25519Key(signing[len(ED25519_SPKI) :])


def encoded(identity):
    """Both encoded keys of an identity whose private keys are known."""
    keys = (identity.encryption, identity.signing)
    if identity.suite is PQ:
        return keys[0].public, keys[1].encoded
    return keys[0].spki, keys[1].spki
