"""Grants (grant.md)."""

from dataclasses import dataclass

from . import jcs
from .envelope import Opened, check_members, check_version, open_content, optional, unwrap, verify
from .errors import Refused
from .header import ABSENT, Stanza
from .pae import opt, pae, sha256, u64
from .suites import by_algorithms
from .text import base64_decode, label, time, uuid_bytes

VERSION = "zkeb/grant/v1"
HPKE_INFO = b"zkeb/grant/v1/hpke"
LONGEST_TEXT = 16384
REQUIRED = {
    "version",
    "envelopeId",
    "issuedAt",
    "algorithm",
    "keyAlgorithm",
    "signatureAlgorithm",
    "grantorFingerprint",
    "recipient",
    "signature",
}


@dataclass
class Grant:
    suite: object
    envelope_id: bytes
    issued: int
    expires: int | None
    grantor_fingerprint: bytes
    stanza: Stanza
    signature: bytes

    def signed_message(self, envelope, steps, grantor):
        return pae(
            VERSION,
            steps["h"],
            envelope.salt,
            envelope.commitment,
            steps["digest"],
            grantor.encryption.fingerprint,
            grantor.signing.fingerprint,
            self.suite.signature_algorithm,
            sha256(self.stanza.encode(self.suite.key_algorithm)),
            u64(self.issued),
            opt(None if self.expires is None else u64(self.expires)),
        )


def from_json(text):
    if len(text) > LONGEST_TEXT:
        raise Refused("LIMIT", "text of a grant")
    members = jcs.parse(text)
    check_version(members, VERSION)
    check_members(members, REQUIRED, {"expiresAt"})
    recipient = members["recipient"]
    check_members(recipient, {"fingerprint", "encryptedKey"}, {"receiverPublicKeyId"})
    suite, signed = by_algorithms(*(members[n] for n in ("algorithm", "keyAlgorithm", "signatureAlgorithm")))
    stanza = Stanza(
        optional(label, recipient, "receiverPublicKeyId"),
        base64_decode(recipient["fingerprint"]),
        base64_decode(recipient["encryptedKey"]),
    )
    grant = Grant(
        suite,
        uuid_bytes(members["envelopeId"]),
        time(members["issuedAt"]),
        optional(time, members, "expiresAt"),
        base64_decode(members["grantorFingerprint"]),
        stanza,
        base64_decode(members["signature"]),
    )
    fingerprints = (grant.grantor_fingerprint, stanza.fingerprint)
    if (
        not signed
        or any(len(f) != 32 for f in fingerprints)
        or len(stanza.wrapped) not in suite.wrapped_lengths
        or len(grant.signature) not in suite.signature_lengths
    ):
        raise Refused("FORMAT", "lengths")
    return grant


def open_with_grant(envelope, grant, reader, sender, grantor, now, associated_data=ABSENT):
    """grant.md §4. `grantor` is the identity that the caller trusts, or None."""
    steps = verify(envelope, sender, now, associated_data)
    header = envelope.header
    if grant.suite is not header.suite or not header.signed:
        raise Refused("SUITE_NOT_ALLOWED", "of the grant")
    if grant.envelope_id != header.id or grant.grantor_fingerprint not in [r.fingerprint for r in header.recipients]:
        raise Refused("SIGNATURE", "of another envelope")
    if grantor is None:
        raise Refused("SIGNER_UNKNOWN", "grantor")
    if grantor.suite is not grant.suite or grantor.encryption.fingerprint != grant.grantor_fingerprint:
        raise Refused("SIGNATURE", "another grantor")
    message = grant.signed_message(envelope, steps, grantor)
    if not grantor.signing.verify(message, grant.signature):
        raise Refused("SIGNATURE", "grant")
    if grant.expires is not None and now >= grant.expires:
        raise Refused("EXPIRED", "grant")
    stanza, key = reader.key_for(grant.suite, [grant.stanza])
    aad = pae(steps["h"], grantor.signing.fingerprint, stanza.fingerprint)
    cek = unwrap(key, stanza.wrapped, HPKE_INFO, aad)
    plaintext, more = open_content(envelope, cek, steps["h"])
    steps.update(more, stanza=stanza.encode(grant.suite.key_algorithm), signedMessage=message)
    return Opened(plaintext, steps)
