"""Envelopes: their three shapes (envelope.md §8), and opening them (§7)."""

import hmac
import secrets
from dataclasses import dataclass

from . import content, jcs
from .errors import Refused
from .header import (
    ABSENT,
    ENVELOPE,
    HPKE_INFO,
    LARGEST_METADATA,
    MOST_RECIPIENTS,
    Header,
    Reader,
    Stanza,
    check_magic,
    read_binary,
    take_header_bytes,
)
from .pae import pae, sha256, u64
from .suites import by_algorithms
from .text import base64_decode, label, time, uuid_bytes

UNSIGNED = object()
"""Expected in the place of a sender: nobody (§5.1)."""

LONGEST_TEXT = 100663296
MOST_COMMAS = 16384
LONGEST_MESSAGE = content.HEAD + content.SEALED * (content.LARGEST_PLAINTEXT // content.CHUNK) + content.TAG

REQUIRED = {
    "version",
    "id",
    "createdAt",
    "algorithm",
    "keyAlgorithm",
    "signatureAlgorithm",
    "encryptedData",
    "authTag",
    "iv",
    "signature",
    "encryptedKey",
    "recipients",
}
OPTIONAL = {"expiresAt", "receiverPublicKeyId", "senderPrivateKeyId", "metadata"}

COLUMNS = {
    "id": "id",
    "encrypted_data": "encryptedData",
    "encrypted_key": "encryptedKey",
    "signature": "signature",
    "iv": "iv",
    "auth_tag": "authTag",
    "algorithm": "algorithm",
    "key_algorithm": "keyAlgorithm",
    "signature_algorithm": "signatureAlgorithm",
    "receiver_public_key_id": "receiverPublicKeyId",
    "sender_private_key_id": "senderPrivateKeyId",
    "metadata": "metadata",
    "created_at": "createdAt",
    "expires_at": "expiresAt",
}


@dataclass
class Envelope:
    header: Header
    iv: bytes
    message: bytes
    signature: bytes

    def check(self):
        """§8.5, of what the header has not checked."""
        suite, signed = self.header.suite, self.header.signed
        if len(self.iv) != 12:
            raise Refused("FORMAT", "iv")
        if signed and len(self.signature) not in suite.signature_lengths or not signed and self.signature:
            raise Refused("FORMAT", "length of the signature")
        if content.plaintext_length(len(self.message)) > content.LARGEST_PLAINTEXT:
            raise Refused("LIMIT", "content")
        return self

    @property
    def salt(self):
        return self.message[:24]

    @property
    def commitment(self):
        return self.message[24:56]

    def digest(self):
        return content.digest(content.chunks(self.message))

    def signed_message(self, h):
        length = content.plaintext_length(len(self.message))
        return pae("zkeb/envelope/v1/signature", h, self.salt, self.commitment, self.digest(), u64(length))


# Shapes


def check_version(members, version):
    """Before anything else, since another version may have other members."""
    if not isinstance(members, dict):
        raise Refused("FORMAT", "not an object")
    found = members.get("version")
    if found != version:
        ours = isinstance(found, str) and found.startswith("zkeb/")
        raise Refused("VERSION" if ours else "FORMAT", "version")


def check_members(members, required, optional=frozenset()):
    if not isinstance(members, dict) or not required <= members.keys() <= required | optional:
        raise Refused("FORMAT", "members")


def optional(read, members, name):
    return read(members[name]) if name in members else None


def from_json(text):
    if len(text) > LONGEST_TEXT or text.count(",") > MOST_COMMAS:
        raise Refused("LIMIT", "JSON text")
    members = jcs.parse(text, jcs.LEVELS + 1)
    check_version(members, ENVELOPE)
    check_members(members, REQUIRED, OPTIONAL)
    recipients = members["recipients"]
    if not isinstance(recipients, list):
        raise Refused("FORMAT", "recipients")
    for i, recipient in enumerate(recipients):
        check_members(
            recipient, {"fingerprint"} | ({"encryptedKey"} if i else set()), {"receiverPublicKeyId"}
        )
    return _assemble(members, [(r, base64_decode(r["fingerprint"])) for r in recipients])


def from_rows(rows):
    """The row of `envelopes`, and those of `envelope_recipients`, whose fingerprints are bytes."""
    members = {}
    for column, name in COLUMNS.items():
        if rows["envelope"][column] is not None:
            members[name] = rows["envelope"][column]
    check_members(members, REQUIRED - {"version", "recipients"}, OPTIONAL)
    if members["signatureAlgorithm"] == "":
        raise Refused("FORMAT", "unsigned envelopes are not stored")
    if "metadata" in members:
        members["metadata"] = jcs.parse(members["metadata"])
    recipients = sorted(rows["recipients"], key=lambda r: r["position"])
    if [r["position"] for r in recipients] != list(range(len(recipients))):
        raise Refused("FORMAT", "positions")
    read = []
    for row in recipients:
        if (row["encrypted_key"] is None) != (row["position"] == 0):
            raise Refused("FORMAT", "wrapped key")
        names = {"receiverPublicKeyId": row["receiver_public_key_id"], "encryptedKey": row["encrypted_key"]}
        read.append(({k: v for k, v in names.items() if v is not None}, row["fingerprint"]))
    return _assemble(members, read, microseconds=True)


def _assemble(members, recipients, microseconds=False):
    """`recipients` are pairs of members and fingerprint; the first lacks its wrapped key."""
    suite, signed = by_algorithms(*(members[n] for n in ("algorithm", "keyAlgorithm", "signatureAlgorithm")))
    if len(recipients) > MOST_RECIPIENTS:
        raise Refused("LIMIT", "recipients")
    if not recipients:
        raise Refused("FORMAT", "no recipients")
    if recipients[0][0].get("receiverPublicKeyId") != members.get("receiverPublicKeyId"):
        raise Refused("FORMAT", "label of the primary recipient")
    keys = [members["encryptedKey"]] + [r["encryptedKey"] for r, _ in recipients[1:]]
    if isinstance(members["encryptedData"], str) and len(members["encryptedData"]) > (LONGEST_MESSAGE + 2) // 3 * 4:
        raise Refused("LIMIT", "content")
    header = Header(
        suite=suite,
        signed=signed,
        id=uuid_bytes(members["id"]),
        created=time(members["createdAt"], microseconds),
        expires=optional(lambda t: time(t, microseconds), members, "expiresAt"),
        sender_label=optional(label, members, "senderPrivateKeyId"),
        metadata=optional(_metadata, members, "metadata"),
        recipients=[
            Stanza(optional(label, r, "receiverPublicKeyId"), fingerprint, base64_decode(key))
            for (r, fingerprint), key in zip(recipients, keys)
        ],
    )
    header.check()
    tag = base64_decode(members["authTag"])
    if len(tag) != content.TAG:
        raise Refused("FORMAT", "tag")
    message = base64_decode(members["encryptedData"]) + tag
    return Envelope(header, base64_decode(members["iv"]), message, base64_decode(members["signature"])).check()


def _metadata(value):
    if not isinstance(value, dict):
        raise Refused("FORMAT", "metadata is an object")
    data = jcs.jcs(value)
    if len(data) > LARGEST_METADATA:
        raise Refused("LIMIT", "metadata")
    return data


def from_binary(data):
    check_magic(data, b"ZKE1")
    reader = Reader(data)
    reader.take(4)
    header_bytes = take_header_bytes(reader)
    length = reader.number(4)
    if length > LONGEST_MESSAGE:
        raise Refused("LIMIT", "content")
    message = reader.take(length)
    signature = reader.take(reader.number(2))
    reader.end()
    header, iv = read_binary(header_bytes, signed=bool(signature), has_iv=True)
    return Envelope(header, iv, message, signature).check()


# Opening


@dataclass
class Opened:
    plaintext: bytes
    steps: dict


def verify(envelope, sender, now, associated_data=ABSENT):
    """Steps 2 to 4 of §7, which need no private key. Returns every value on the way."""
    header = envelope.header
    if header.signed == (sender is UNSIGNED):
        raise Refused("SIGNATURE", "signed or not")
    if sender is None:
        raise Refused("SIGNER_UNKNOWN")
    sender_fingerprint = sender.signing.fingerprint if header.signed else b""
    core = header.core(ENVELOPE, sender_fingerprint, associated_data)
    h = sha256(core)
    steps = {"core": core, "h": h, "digest": envelope.digest(), "sender": sender_fingerprint}
    if header.signed:
        steps["signedMessage"] = envelope.signed_message(h)
        if sender.suite is not header.suite or not sender.signing.verify(steps["signedMessage"], envelope.signature):
            raise Refused("SIGNATURE")
    if header.expires is not None and now >= header.expires:
        raise Refused("EXPIRED")
    return steps


def unwrap(key, wrapped, info, aad):
    """Step 6: what fails goes on with a random key."""
    cek = key.unwrap(wrapped, info, aad) if key else None
    return cek if cek is not None and len(cek) == 32 else secrets.token_bytes(32)


def open_content(envelope, cek, h):
    """Steps 7 and 8."""
    key, base_nonce, commitment = content.derive(cek, envelope.salt, h)
    same = hmac.compare_digest(commitment, envelope.commitment)
    if not (hmac.compare_digest(base_nonce, envelope.iv) and same):
        raise Refused("OPEN", "commitment or iv")
    plaintext = b"".join(
        content.open_chunk(key, base_nonce, i, chunk) for i, chunk in enumerate(content.chunks(envelope.message))
    )
    return plaintext, {"cek": cek, "aesKey": key, "baseNonce": base_nonce, "commitment": commitment}


def open_envelope(envelope, reader, sender, now, associated_data=ABSENT):
    """`reader` is whoever finds its stanza: an identity or a passphrase."""
    steps = verify(envelope, sender, now, associated_data)
    stanza, key = reader.key_for(envelope.header.suite, envelope.header.recipients)
    aad = envelope.header.aad(steps["sender"], stanza) if stanza else b""
    cek = unwrap(key, stanza.wrapped if stanza else b"", HPKE_INFO, aad)
    plaintext, more = open_content(envelope, cek, steps["h"])
    return Opened(plaintext, {**steps, **more})
