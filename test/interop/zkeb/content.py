"""Cobblestone-256: C2SP chunked-encryption v1 (envelope.md §3)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import Refused
from .hpke import hkdf_expand
from .pae import sha256

CHUNK = 16384
TAG = 16
SEALED = CHUNK + TAG
HEAD = 24 + 32
LARGEST_PLAINTEXT = 64 * 1024 * 1024


def derive(input_key, salt, context):
    """key, baseNonce and commitment."""
    info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM" + b"\x00" + salt + context
    out = hkdf_expand(input_key, info, 76, "sha512")
    return out[:32], out[32:44], out[44:]


def plaintext_length(message_length):
    """Checks the length of a message, which alone tells that of its plaintext."""
    s = message_length - HEAD
    if s > 0 and s % SEALED == 0:
        raise Refused("TRUNCATED")
    if s < 0 or s % SEALED < TAG:
        raise Refused("FORMAT", "no message has this length")
    return s - TAG * (s // SEALED + 1)


def chunks(message):
    return [message[i : i + SEALED] for i in range(HEAD, len(message), SEALED)]


def digest(sealed_chunks):
    return sha256(b"".join(map(sha256, sealed_chunks)))


def open_chunk(key, base_nonce, i, chunk):
    nonce = (int.from_bytes(base_nonce, "big") ^ i).to_bytes(12, "big")
    try:
        return AESGCM(key).decrypt(nonce, chunk, None)
    except InvalidTag:
        raise Refused("OPEN") from None
