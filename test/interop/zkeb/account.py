"""Account keys, slots, and opening an account (account.md §2, §3, §7)."""

import hmac
import unicodedata
from dataclasses import dataclass

from . import content, hpke, keys, mldsa, passphrase
from .argon2id import argon2id
from .errors import Refused
from .manifest import ACTIVE, KINDS, LARGEST_PARAMETERS, NUMBERS, SLOT_SUITES, Chain
from .pae import check_label, pae, read_pae, sha256, u64
from .pq import PqSigningKey, XWingKey
from .public import encoded
from .suites import PQ, X25519

SEALED_SEED = 216
MOST_SLOTS = 32
COMMIT, WRAP, SEAL, SLOT = "zkeb/ak-commit/v1", "zkeb/ak-wrap/v1", b"zkeb/ak-seal/v1", "zkeb/slot/v1"


def kdf(ikm, info):
    return hpke.hkdf_expand(hpke.hkdf_extract(b"", ikm, "sha256"), info, 32, "sha256")


def derived(label, account_key, account_id, generation):
    """key(label, g)"""
    return kdf(account_key, pae(label, account_id, u64(generation)))


def unseal(key, context, message):
    """Of seal(key, context, plaintext). Whatever is wrong is OPEN."""
    try:
        content.plaintext_length(len(message))
    except Refused:
        raise Refused("OPEN", "length") from None
    chunk_key, base_nonce, commitment = content.derive(key, message[:24], context)
    if not hmac.compare_digest(commitment, message[24:56]):
        raise Refused("OPEN", "commitment")
    return b"".join(
        content.open_chunk(chunk_key, base_nonce, i, chunk) for i, chunk in enumerate(content.chunks(message))
    )


# Account keys (§2)


def _check_commitment(account_key, account_id, generation, commitment):
    if len(account_key) != 32 or derived(COMMIT, account_key, account_id, generation) != commitment:
        raise Refused("OPEN", "commitment of the account key")
    return account_key


def wrap_context(account_id, generation):
    return pae(WRAP, account_id, u64(generation), u64(generation + 1))


def unwrap_predecessor(wrapped, successor, account_id, generation, commitment):
    """AK of `generation`, from that of the next one."""
    key = derived(WRAP, successor, account_id, generation + 1)
    found = unseal(key, wrap_context(account_id, generation), wrapped)
    return _check_commitment(found, account_id, generation, commitment)


def sealed_aad(holder, account_id, generation):
    return pae(account_id, u64(generation), holder.encryption.fingerprint)


def open_sealed_key(sealed, digest, holder, account_id, generation, commitment):
    if sha256(sealed) != digest or len(sealed) not in holder.suite.wrapped_lengths:
        raise Refused("OPEN", "digest of the sealed key")
    found = holder.encryption.unwrap(sealed, SEAL, sealed_aad(holder, account_id, generation))
    return _check_commitment(found or b"", account_id, generation, commitment)


# Slots (§3)


@dataclass
class StoredSlot:
    id: bytes
    kind: str
    parameters: bytes
    suite: str
    sealed_seed: bytes

    @property
    def context(self):
        return pae(SLOT, self.id, self.kind, self.parameters, self.suite)

    def label(self):
        """Of a passphrase: passes, memory, lanes, salt and cost."""
        if not self.parameters.startswith(b"$argon2id$"):
            raise Refused("FORMAT", "label of a passphrase")
        try:
            return passphrase.parse_label(self.parameters)
        except UnicodeDecodeError:
            raise Refused("FORMAT", "label of a passphrase") from None


def read_slot(stored):
    pieces = read_pae(stored)
    check_label(pieces[0] if pieces else b"", SLOT)
    if len(pieces) != 6:
        raise Refused("FORMAT", "pieces")
    _, id, kind, parameters, suite, sealed_seed = pieces
    kinds, suites = ([name.encode() for name in names] for names in (KINDS, SLOT_SUITES))
    lengths = len(id) == 16 and len(parameters) <= LARGEST_PARAMETERS and len(sealed_seed) == SEALED_SEED
    if not lengths or kind not in kinds or suite not in suites:
        raise Refused("FORMAT", "slot")
    return StoredSlot(id, kind.decode(), parameters, suite.decode(), sealed_seed)


def prf_input(slot_id):
    return pae("zkeb/slot/prf-input/v1", slot_id)


def key_encryption_key(slot, kind, secret):
    if kind != slot.kind:
        raise Refused("OPEN", "a secret of another kind")
    if kind == "passphrase":
        _, numbers, salt, _ = slot.label()
        return argon2id(unicodedata.normalize("NFKC", secret).encode(), salt, *numbers, 32)
    return kdf(secret, pae({"passkey": "zkeb/slot/prf/v1", "recovery": "zkeb/slot/recovery/v1"}[kind], slot.id))


@dataclass
class OpenedSlot:
    identity: keys.Identity
    account_id: bytes
    counter: int
    digest: bytes
    steps: dict


def open_slot(slot, kind, secret):
    kek = key_encryption_key(slot, kind, secret)
    seed, account_id, counter, digest = read_pae(unseal(kek, slot.context, slot.sealed_seed))
    if int.from_bytes(counter, "big") >= NUMBERS:
        raise Refused("LIMIT", "counter")
    steps = {"parameters": slot.parameters, "kek": kek, "seed": seed, "context": slot.context}
    steps["hpke"] = kdf(seed, pae("zkeb/slot/hpke/v1", slot.id))
    steps["ed25519"] = kdf(seed, pae("zkeb/slot/ed25519/v1", slot.id))
    signing = keys.Ed25519Key.from_seed(steps["ed25519"])
    if slot.suite == PQ.name:
        steps["mlDsa"] = kdf(seed, pae("zkeb/slot/ml-dsa-65/v1", slot.id))
        signing = PqSigningKey(signing, mldsa.public_key(steps["mlDsa"]))
        identity = keys.Identity(PQ, XWingKey(steps["hpke"]), signing)
    else:
        encryption = keys.X25519Key(hpke.derive_x25519_secret(steps["hpke"]))
        identity = keys.Identity(X25519, encryption, signing)
    steps["encryptionFingerprint"] = identity.encryption.fingerprint
    steps["signingFingerprint"] = signing.fingerprint
    steps["fingerprint"] = identity.fingerprint
    return OpenedSlot(identity, account_id, int.from_bytes(counter, "big"), digest, steps)


# Opening (§7)


@dataclass
class Record:
    """What a server keeps. Sealed keys by generation and holder, wrapped ones by generation."""

    manifests: list
    slots: list
    keys: dict
    wraps: dict


def _all_keys(record, chain, holder, identity):
    head = chain.head
    generation, commitments = head.generation, {m.generation: m.commitment for m in chain.manifests}
    sealed = record.keys.get((generation, holder.id), b"")
    key = open_sealed_key(sealed, holder.sealed, identity, head.account_id, generation, head.commitment)
    found = [key]
    for g in range(generation - 1, -1, -1):
        key = unwrap_predecessor(record.wraps.get(g, b""), key, head.account_id, g, commitments[g])
        found.insert(0, key)
    return found


def open_by_device(record, identity, account_id, pin):
    """Account keys by generation."""
    chain = Chain(record.manifests, account_id, pin)
    for device in chain.head.devices.values():
        if device.constant == (identity.suite.name, *encoded(identity)) and device.state == ACTIVE:
            return _all_keys(record, chain, device, identity)
    raise Refused("NOT_RECIPIENT", "no active device")


def open_by_slot(record, kind, secret):
    if len(record.slots) > MOST_SLOTS:
        raise Refused("LIMIT", "slots")
    slots = [slot for slot in map(read_slot, record.slots) if slot.kind == kind]
    if not slots:
        raise Refused("NOT_RECIPIENT", "no slot of this kind")
    if kind == "passphrase" and sum(slot.label()[-1] for slot in slots) > passphrase.MOST_COST:
        raise Refused("LIMIT", "cost of all labels")
    for slot in slots:
        try:
            opened = open_slot(slot, kind, secret)
            break
        except Refused as refusal:
            if refusal.code != "OPEN":
                raise
    else:
        raise Refused("OPEN", "no slot opens")
    chain = Chain(record.manifests, opened.account_id, (opened.counter, opened.digest))
    holder = chain.head.slots.get(slot.id)
    given = (opened.identity.suite.name, *encoded(opened.identity))
    if holder is None or holder.constant[-3:] != given or holder.sealed is None:
        raise Refused("NOT_RECIPIENT", "slot")
    return _all_keys(record, chain, holder, opened.identity)
