"""What is authenticated beside the content (envelope.md §4), and its binary form (§8.3)."""

from dataclasses import dataclass

from . import jcs
from .errors import Refused
from .pae import opt, pae, sha256, u64
from .suites import by_number
from .text import check_label, check_time

ENVELOPE = "zkeb/envelope/v1"
STREAM = "zkeb/stream/v1"
HPKE_INFO = b"zkeb/envelope/v1/hpke"

MOST_RECIPIENTS = 1024
LARGEST_METADATA = 16384
LARGEST_BINARY = 2097152

ABSENT = object()
"""No associated data, which is not the same as null."""


@dataclass
class Stanza:
    label: bytes | None
    fingerprint: bytes
    wrapped: bytes

    def encode(self, key_algorithm):
        return pae(key_algorithm, opt(self.label), self.fingerprint, self.wrapped)


@dataclass
class Header:
    suite: object
    signed: bool
    id: bytes
    created: int
    expires: int | None
    sender_label: bytes | None
    metadata: bytes | None
    recipients: list

    def check(self):
        """§8.5, of what no shape has checked by itself."""
        if not self.recipients:
            raise Refused("FORMAT", "no recipients")
        if len(self.recipients) > MOST_RECIPIENTS:
            raise Refused("LIMIT", "recipients")
        fingerprints = [r.fingerprint for r in self.recipients]
        if any(len(f) != 32 for f in fingerprints):
            raise Refused("FORMAT", "fingerprint")
        others = fingerprints[1:]
        if others != sorted(others) or len(set(fingerprints)) != len(fingerprints):
            raise Refused("FORMAT", "order of recipients")
        if any(len(r.wrapped) not in self.suite.wrapped_lengths for r in self.recipients):
            raise Refused("FORMAT", "length of a wrapped key")
        if self.metadata is not None and len(self.metadata) > LARGEST_METADATA:
            raise Refused("LIMIT", "metadata")

    def core(self, kind, sender_fingerprint, associated_data):
        suite = self.suite
        stanzas = sorted(self.recipients, key=lambda r: r.fingerprint)
        return pae(
            kind,
            suite.algorithm,
            suite.key_algorithm,
            suite.signature_algorithm if self.signed else "",
            self.id,
            u64(self.created),
            opt(None if self.expires is None else u64(self.expires)),
            opt(self.sender_label),
            sender_fingerprint,
            self.recipients[0].fingerprint,
            b"".join(sha256(s.encode(suite.key_algorithm)) for s in stanzas),
            opt(self.metadata),
            opt(None if associated_data is ABSENT else sha256(jcs.jcs(associated_data))),
        )

    def aad(self, sender_fingerprint, stanza):
        return pae(self.id, sender_fingerprint, stanza.fingerprint)


class Reader:
    """Takes bytes from the front. Too few are FORMAT."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def left(self):
        return len(self.data) - self.at

    def take(self, n):
        if n > self.left():
            raise Refused("FORMAT", "ends too early")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, n):
        return int.from_bytes(self.take(n), "big")

    def present(self):
        presence = self.number(1)
        if presence > 1:
            raise Refused("FORMAT", "presence")
        return presence == 1

    def end(self):
        if self.left():
            raise Refused("FORMAT", "bytes behind the end")


def check_magic(data, magic):
    """Reads the four bytes that say what this is and of which version."""
    if len(data) < 4 or data[:3] != magic[:3]:
        raise Refused("FORMAT", "magic")
    if data[:4] != magic:
        raise Refused("VERSION")


def take_header_bytes(reader):
    length = reader.number(4)
    if length > LARGEST_BINARY:
        raise Refused("LIMIT", "header")
    return reader.take(length)


def _read_label(reader):
    return check_label(reader.take(reader.number(1))) if reader.present() else None


def _read_metadata(reader):
    if not reader.present():
        return None
    length = reader.number(2)
    if length > LARGEST_METADATA:
        raise Refused("LIMIT", "metadata")
    data = reader.take(length)
    try:
        value = jcs.parse(data.decode())
    except UnicodeDecodeError:
        raise Refused("FORMAT", "metadata is not UTF-8") from None
    if not isinstance(value, dict) or jcs.jcs(value) != data:
        raise Refused("FORMAT", "metadata is not JCS of an object")
    return data


def read_binary(data, signed, has_iv):
    """The header and the iv, which streams do not have."""
    reader = Reader(data)
    suite = by_number(reader.number(1))
    if not signed and not suite.hpke:
        raise Refused("SUITE_NOT_ALLOWED", "unsigned")
    id = reader.take(16)
    created = check_time(reader.number(8))
    expires = check_time(reader.number(8)) if reader.present() else None
    sender_label = _read_label(reader)
    metadata = _read_metadata(reader)
    iv = reader.take(12) if has_iv else None
    count = reader.number(2)
    if count > MOST_RECIPIENTS:
        raise Refused("LIMIT", "recipients")
    recipients = []
    for _ in range(count):
        label = _read_label(reader)
        fingerprint = reader.take(32)
        recipients.append(Stanza(label, fingerprint, reader.take(reader.number(2))))
    reader.end()
    header = Header(suite, signed, id, created, expires, sender_label, metadata, recipients)
    header.check()
    return header, iv
