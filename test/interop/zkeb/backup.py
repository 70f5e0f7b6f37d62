"""Backups: rows, objects, hashes and names of devices (backup.md)."""

import hmac
import unicodedata
from dataclasses import dataclass

from . import content, jcs
from .account import derived, unseal
from .errors import Refused
from .pae import check_label, opt, pae, read_opt, read_pae, read_u64, sha256, sized, u64
from .suites import SUITES
from .text import base64_decode, time, uuid_bytes

LEAST_METADATA, MOST_METADATA = 72, 8192
LONGEST_NAME, LONGEST_DEVICE_NAME = 1024, 255
LARGEST_OBJECT = 2**46 - 1
HEAD = content.HEAD
BACKUP, METADATA = "zkeb/ak-backup/v1", "zkeb/ak-metadata/v1"


@dataclass
class Account:
    """What a reader knows of it. `devices` are by id, `manifests` are digests."""

    id: bytes
    user_id: bytes
    generation: int
    keys: list
    manifests: set
    devices: dict

    def key(self, label, generation):
        return derived(label, self.keys[generation], self.id, generation)


@dataclass
class Device:
    """`active` are generations; `accepted` the digests of backups by id, of one that is revoked."""

    identity: object
    active: list
    is_revoked: bool
    accepted: dict


@dataclass
class Row:
    id: bytes
    device_id: bytes
    name_hash: bytes
    ciphertext: bytes
    nonce: bytes
    tag: bytes
    signature: bytes
    suite: object
    generation: int
    size: int
    digest: bytes
    has_object: bool
    metadata: bytes
    created: int
    expires: int | None


# Step 1


def _integer(value, most):
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise Refused("FORMAT", "integer")
    return value


def read_row(row, has_object):
    """Bytes are Base64 here, as in the vectors. The caller knows whether there is an object."""
    suites = {suite.name: suite for suite in SUITES}
    if row["crypto_suite"] not in suites:
        raise Refused("SUITE_NOT_ALLOWED")
    suite = suites[row["crypto_suite"]]
    metadata = base64_decode(row["encrypted_metadata"])
    if len(metadata) > MOST_METADATA:
        raise Refused("LIMIT", "metadata")
    signature = base64_decode(row["signature"])
    if len(metadata) < LEAST_METADATA or len(signature) not in suite.signature_lengths:
        raise Refused("FORMAT", "length of metadata or signature")
    size = _integer(row["size_bytes"], 2**53 - 1)
    if content.plaintext_length(size) > (LARGEST_OBJECT if has_object else content.LARGEST_PLAINTEXT):
        raise Refused("LIMIT", "content")
    ciphertext = base64_decode(row["ciphertext"])
    if len(ciphertext) + content.TAG != (HEAD + content.TAG if has_object else size):
        raise Refused("FORMAT", "length of the ciphertext")
    created = time(row["created_at"], microseconds=True)
    expires = None if row["expires_at"] is None else time(row["expires_at"], microseconds=True)
    if expires is not None and expires <= created:
        raise Refused("FORMAT", "expires before it is created")
    return Row(
        uuid_bytes(row["id"]),
        uuid_bytes(row["device_id"]),
        sized(base64_decode(row["backup_name_hash"]), 32),
        ciphertext,
        sized(base64_decode(row["nonce"]), 12),
        sized(base64_decode(row["auth_tag"]), content.TAG),
        signature,
        suite,
        _integer(row["key_generation"], 2**32 - 1),
        size,
        sized(base64_decode(row["content_digest"]), 32),
        has_object,
        metadata,
        created,
        expires,
    )


# Steps 2 to 5


def core(row, account, signer_fingerprint):
    return pae(
        "zkeb/backup/v1",
        row.suite.name,
        account.id,
        row.id,
        account.user_id,
        row.device_id,
        signer_fingerprint,
        row.name_hash,
        u64(row.generation),
        u64(row.created),
        opt(None if row.expires is None else u64(row.expires)),
        sha256(row.metadata),
    )


def verify(row, account, now):
    """Every value on the way, and what the metadata say."""
    device = account.devices.get(row.device_id)
    if device is None or row.generation > account.generation or row.generation not in device.active:
        raise Refused("SIGNER_UNKNOWN")
    signing = device.identity.signing
    bytes_of_core = core(row, account, signing.fingerprint)
    h = sha256(bytes_of_core)
    length = content.plaintext_length(row.size)
    salt, commitment = row.ciphertext[:24], row.ciphertext[24:HEAD]
    signed = pae("zkeb/backup/v1/signature", h, salt, commitment, row.digest, u64(length))
    if device.is_revoked and device.accepted.get(row.id) != sha256(signed):
        raise Refused("SIGNER_UNKNOWN", "not on the list")
    if device.identity.suite is not row.suite or not signing.verify(signed, row.signature):
        raise Refused("SIGNATURE")
    if not row.has_object and content.digest(content.chunks(row.ciphertext + row.tag)) != row.digest:
        raise Refused("SIGNATURE", "content_digest")
    if row.expires is not None and now >= row.expires:
        raise Refused("EXPIRED")
    context = pae("zkeb/backup-meta/v1", account.id, row.id)
    metadata = unseal(account.key(METADATA, row.generation), context, row.metadata)
    read = read_metadata(metadata)
    if name_hash(account, read["name"], row.generation) != row.name_hash:
        raise Refused("FORMAT", "hash of the name")
    if length not in (read["size"], padded(read["size"])):
        raise Refused("FORMAT", "size")
    if read["manifest"] not in account.manifests:
        raise Refused("FORK", "manifest")
    steps = {"metadata": metadata, "core": bytes_of_core, "h": h, "signedMessage": signed, "backupDigest": sha256(signed)}
    return steps, read


def read_name(data, longest):
    try:
        name = data.decode()
    except UnicodeDecodeError:
        raise Refused("FORMAT", "name") from None
    if not 1 <= len(data) <= longest or "\0" in name or unicodedata.normalize("NFC", name) != name:
        raise Refused("FORMAT", "name")
    return name


def read_metadata(data):
    pieces = read_pae(data)
    check_label(pieces[0] if pieces else b"", "zkeb/backup-meta/v1")
    if len(pieces) != 7:
        raise Refused("FORMAT", "pieces")
    _, name, size, clock, predecessor, manifest, metadata = pieces
    found = {
        "name": read_name(name, LONGEST_NAME),
        "size": read_u64(size),
        "clock": read_opt(clock),
        "predecessor": sized(read_opt(predecessor), 32),
        "manifest": sized(manifest, 32),
        "metadata": read_opt(metadata),
    }
    if found["metadata"] is not None:
        try:
            value = jcs.parse(found["metadata"].decode())
        except UnicodeDecodeError:
            raise Refused("FORMAT", "metadata") from None
        if not isinstance(value, dict) or jcs.jcs(value) != found["metadata"]:
            raise Refused("FORMAT", "metadata")
        found["metadata"] = value
    return found


def padded(length):
    """Padmé (§4)."""
    if length < 2:
        return length
    e = length.bit_length() - 1
    unit = 1 << (e - e.bit_length())
    return -(-length // unit) * unit


# Steps 6 and 7


def open_backup(row, account, now, chunks=None):
    """The content, the values on the way, and what the metadata say. `chunks` is the object, if there is one."""
    steps, read = verify(row, account, now)
    salt, commitment = row.ciphertext[:24], row.ciphertext[24:HEAD]
    input_key = account.key(BACKUP, row.generation)
    key, base_nonce, found = content.derive(input_key, salt, steps["h"])
    same_nonce = hmac.compare_digest(base_nonce, row.nonce)
    if not (hmac.compare_digest(found, commitment) and same_nonce):
        raise Refused("OPEN", "commitment or nonce")
    steps.update(aesKey=key, commitment=commitment)
    message = row.ciphertext + (chunks if row.has_object else b"") + row.tag
    if row.has_object:
        content.plaintext_length(len(message))
        if len(message) != row.size or content.digest(content.chunks(message)) != row.digest:
            raise Refused("SIGNATURE", "object")
    plaintext = b"".join(
        content.open_chunk(key, base_nonce, i, chunk) for i, chunk in enumerate(content.chunks(message))
    )
    if any(plaintext[read["size"] :]):
        raise Refused("FORMAT", "padding")
    return plaintext[: read["size"]], steps, read


# Hashes (§6) and names of devices (§9)


def name_hash(account, name, generation):
    name = unicodedata.normalize("NFC", name)
    return hmac.digest(account.key("zkeb/ak-name/v1", generation), pae("zkeb/name/v1", name), "sha256")


def scope_hash(account, scope):
    scope = unicodedata.normalize("NFC", scope)
    return hmac.digest(account.key("zkeb/ak-sync/v1", 0), pae("zkeb/scope/v1", scope), "sha256")


def device_id_hash(account, device_id):
    return hmac.digest(account.key("zkeb/ak-device/v1", 0), pae("zkeb/device/v1", device_id), "sha256")


def open_device_name(account, device_id, data):
    if not 77 <= len(data) <= 331:
        raise Refused("FORMAT", "length")
    generation = int.from_bytes(data[:4], "big")
    if generation >= len(account.keys):
        raise Refused("OPEN", "generation")
    context = pae("zkeb/device-name/v1", account.id, device_id)
    return read_name(unseal(account.key(METADATA, generation), context, data[4:]), LONGEST_DEVICE_NAME)
