"""Streams (stream.md): the content is released as stream.md §5 allows."""

import hmac

from . import content
from .envelope import unwrap
from .errors import Refused
from .header import ABSENT, HPKE_INFO, STREAM, Reader, check_magic, read_binary, take_header_bytes
from .pae import pae, sha256, u64

MOST_CHUNKS = 2**32


def _read_head(data):
    check_magic(data, b"ZKS1")
    reader = Reader(data)
    reader.take(4)
    header, _ = read_binary(take_header_bytes(reader), signed=True, has_iv=False)
    signature = reader.take(reader.number(2))
    if len(signature) not in header.suite.signature_lengths:
        raise Refused("FORMAT", "length of the head signature")
    return header, signature, reader.take(24), reader.take(32), reader.data[reader.at :]


def _sealed_chunks(body, t):
    """Every chunk as soon as it is known to be one, and whether it is the last (§3)."""
    at = 0
    while len(body) - at >= content.SEALED + t:
        if at // content.SEALED >= MOST_CHUNKS:
            raise Refused("LIMIT", "chunks")
        yield body[at : at + content.SEALED], False
        at += content.SEALED
    left = len(body) - at - t
    if left == 0 and at:
        raise Refused("TRUNCATED")
    if left < content.TAG:
        raise Refused("FORMAT", "the end")
    yield body[at : at + left], True


def open_stream(data, reader, sender, now, release, associated_data=ABSENT):
    """Calls `release` with plaintext, and returns every value on the way."""
    header, head_signature, salt, carried, body = _read_head(data)
    if sender is None:
        raise Refused("SIGNER_UNKNOWN")
    fingerprint = sender.signing.fingerprint
    core = header.core(STREAM, fingerprint, associated_data)
    h = sha256(core)
    head_message = pae("zkeb/stream/v1/head", h, salt, carried)
    if sender.suite is not header.suite or not sender.signing.verify(head_message, head_signature):
        raise Refused("SIGNATURE", "head")
    if header.expires is not None and now >= header.expires:
        raise Refused("EXPIRED")
    stanza, unwrapper = reader.key_for(header.suite, header.recipients)
    aad = header.aad(fingerprint, stanza) if stanza else b""
    cek = unwrap(unwrapper, stanza.wrapped if stanza else b"", HPKE_INFO, aad)
    key, base_nonce, commitment = content.derive(cek, salt, h)
    if not hmac.compare_digest(commitment, carried):
        raise Refused("OPEN", "commitment")

    alone = len(header.recipients) == 1
    sealed, length = [], 0
    for chunk, last in _sealed_chunks(body, len(head_signature)):
        if alone and not last:
            release(content.open_chunk(key, base_nonce, len(sealed), chunk))
        sealed.append(chunk)
        length += len(chunk) - content.TAG
    digest = content.digest(sealed)
    trailer = body[len(body) - len(head_signature) :]
    signed_message = pae("zkeb/envelope/v1/signature", h, salt, commitment, digest, u64(length))
    if not sender.signing.verify(signed_message, trailer):
        raise Refused("SIGNATURE", "trailer")
    for i, chunk in enumerate(sealed):
        if not alone or i == len(sealed) - 1:
            release(content.open_chunk(key, base_nonce, i, chunk))
    return {
        "core": core,
        "h": h,
        "cek": cek,
        "aesKey": key,
        "baseNonce": base_nonce,
        "commitment": commitment,
        "digest": digest,
        "signedMessage": signed_message,
        "headMessage": head_message,
    }
