"""Manifests, chains of them, and revocation lists (account.md §4 to §6, §9)."""

from dataclasses import dataclass

from .errors import Refused
from .pae import check_label, pae, read_opt, read_pae, read_u64, sha256, sized
from .public import PublicIdentity

LARGEST = 2 * 1024 * 1024
MOST_SLOTS, MOST_DEVICES, MOST_HANDLERS, MOST_LISTED = 32, 256, 256, 1048576
LARGEST_PARAMETERS = 1024
NUMBERS = 2**32
KINDS = ("passphrase", "passkey", "recovery")
SLOT_SUITES, SUITES = ("x25519", "pq"), ("rsa", "x25519", "pq")
STATES = ACTIVE, UNCONFIRMED, REVOKED = "active", "unconfirmed", "revoked"


@dataclass
class Slot:
    id: bytes
    kind: str
    parameters: bytes
    suite: str
    encryption: bytes
    signing: bytes
    sealed: bytes | None
    handlers: list

    @property
    def constant(self):
        return self.kind, self.parameters, self.suite, self.encryption, self.signing


@dataclass
class Device:
    id: bytes
    suite: str
    encryption: bytes
    signing: bytes
    state: str
    sealed: bytes | None

    @property
    def constant(self):
        return self.suite, self.encryption, self.signing


@dataclass
class Manifest:
    body: bytes
    signer: bytes
    signature: bytes
    account_id: bytes
    nonce: bytes | None
    counter: int
    predecessor: bytes | None
    generation: int
    commitment: bytes
    slots: dict
    devices: dict
    revocations: dict

    @property
    def digest(self):
        return sha256(self.body)

    @property
    def signed_message(self):
        return pae("zkeb/manifest/v1/signature", self.digest)

    def holders(self):
        return [*self.devices.values(), *self.slots.values()]


# Reading one (§4)


def _one_of(values, piece):
    for value in values:
        if piece == value.encode():
            return value
    raise Refused("FORMAT", "an unknown name")


def _number(piece):
    number = read_u64(piece)
    if number >= NUMBERS:
        raise Refused("LIMIT", "a number")
    return number


def _pieces(data, count):
    pieces = read_pae(data)
    if len(pieces) != count:
        raise Refused("FORMAT", "pieces")
    return pieces


def _handlers(data):
    if len(data) % 16:
        raise Refused("FORMAT", "handlers")
    ids = [data[i : i + 16] for i in range(0, len(data), 16)]
    if len(ids) > MOST_HANDLERS:
        raise Refused("LIMIT", "handlers")
    return _ascending(ids)


def _ascending(ids):
    if any(x >= y for x, y in zip(ids, ids[1:])):
        raise Refused("FORMAT", "not sorted")
    return ids


def _slot(entry):
    id, kind, parameters, suite, encryption, signing, sealed, handlers = _pieces(entry, 8)
    if len(parameters) > LARGEST_PARAMETERS:
        raise Refused("LIMIT", "parameters")
    return Slot(
        sized(id, 16),
        _one_of(KINDS, kind),
        parameters,
        _one_of(SLOT_SUITES, suite),
        encryption,
        signing,
        sized(read_opt(sealed), 32),
        _handlers(handlers),
    )


def _device(entry):
    id, suite, encryption, signing, state, sealed = _pieces(entry, 6)
    return Device(
        sized(id, 16), _one_of(SUITES, suite), encryption, signing, _one_of(STATES, state), sized(read_opt(sealed), 32)
    )


def _entries(data, read, most):
    entries = read_pae(data)
    if len(entries) > most:
        raise Refused("LIMIT", "entries")
    found = [read(entry) for entry in entries]
    _ascending([entry.id for entry in found])
    return {entry.id: entry for entry in found}


@dataclass
class _Revocation:
    id: bytes
    digest: bytes


def _revocation(entry):
    id, digest = _pieces(entry, 2)
    return _Revocation(sized(id, 16), sized(digest, 32))


def read_manifest(stored):
    if len(stored) > LARGEST:
        raise Refused("LIMIT", "manifest")
    body, signer, signature = _pieces(stored, 3)
    pieces = read_pae(body)
    check_label(pieces[0] if pieces else b"", "zkeb/manifest/v1")
    _, account_id, nonce, counter, predecessor, generation, commitment, slots, devices, revocations = _pieces(body, 10)
    return Manifest(
        body,
        sized(signer, 32),
        signature,
        sized(account_id, 32),
        sized(read_opt(nonce), 32),
        _number(counter),
        sized(read_opt(predecessor), 32),
        _number(generation),
        sized(commitment, 32),
        _entries(slots, _slot, MOST_SLOTS),
        _entries(devices, _device, MOST_DEVICES),
        {r.id: r.digest for r in _entries(revocations, _revocation, MOST_DEVICES).values()},
    )


# Chains (§5, §6)


def _rule(holds, name):
    if not holds:
        raise Refused("MANIFEST", name)


class Chain:
    """Every manifest is read and judged before the next one is looked at."""

    def __init__(self, stored, account_id=None, pin=None):
        self.manifests = []
        self._used = set()  # ids and keys of every entry there ever was
        self._identities = {}
        for one in stored:
            manifest = read_manifest(one)
            if self.manifests:
                self._next(self.head, manifest)
            else:
                self._first(manifest)
            self.manifests.append(manifest)
        if not self.manifests:
            raise Refused("ROLLBACK", "no manifest")
        if account_id is not None:
            _rule(self.head.account_id == account_id, "another account")
        if pin is not None:
            counter, digest = pin
            if counter > self.head.counter:
                raise Refused("ROLLBACK")
            if self.manifests[counter].digest != digest:
                raise Refused("FORK")

    @property
    def head(self):
        return self.manifests[-1]

    def _first(self, manifest):
        devices = list(manifest.devices.values())
        _rule(manifest.counter == 0 and manifest.generation == 0, "first: numbers")
        _rule(manifest.nonce is not None and manifest.predecessor is None, "first: nonce, predecessor")
        _rule(len(devices) == 1 and devices[0].state == ACTIVE, "first: device")
        self._add(manifest.holders())
        fingerprint = self._identity(devices[0]).fingerprint
        account_id = sha256(pae("zkeb/account/v1", manifest.nonce, fingerprint))
        _rule(manifest.account_id == account_id, "first: account id")
        _rule(not manifest.revocations, "first: revocations")
        for slot in manifest.slots.values():
            _rule(slot.sealed is not None and slot.handlers == [devices[0].id], "first: slots")
        _sealed_where_active(manifest)
        self._signed(manifest, devices)

    def _next(self, before, manifest):
        _rule(manifest.account_id == before.account_id and manifest.nonce is None, "1: account")
        _rule(manifest.counter == before.counter + 1 and manifest.predecessor == before.digest, "1: order")
        rotated = manifest.generation == before.generation + 1
        same = manifest.generation == before.generation and manifest.commitment == before.commitment
        _rule(rotated or same, "2")
        signer = self._signed(manifest, before.holders())
        is_device = isinstance(signer, Device)
        _rule(signer.state == ACTIVE if is_device else signer.sealed is not None, "3: signer")

        for id, old in before.devices.items():
            new = manifest.devices.get(id)
            _rule(new is not None and new.constant == old.constant, "4: devices")
            _rule(old.state != REVOKED or new.state == REVOKED, "4: revoked")
        new_devices = [d for d in manifest.devices.values() if d.id not in before.devices]
        new_slots = [s for s in manifest.slots.values() if s.id not in before.slots]
        self._add(new_devices + new_slots)

        _rule(before.revocations.items() <= manifest.revocations.items(), "5: unchanged")
        revoked = {d.id for d in manifest.devices.values() if d.state == REVOKED}
        _rule(manifest.revocations.keys() == revoked, "5: for each")

        for slot in manifest.slots.values():
            old = before.slots.get(slot.id)
            if old:
                _rule(slot.constant == old.constant and set(old.handlers) <= set(slot.handlers), "6: slots")
            _rule(set(slot.handlers) <= manifest.devices.keys() - revoked, "6: handlers")

        _sealed_where_active(manifest)
        if not rotated:
            had = {h.id: h.sealed for h in before.holders() if h.sealed is not None}
            for holder in manifest.holders():
                _rule(holder.sealed is None or had.get(holder.id, holder.sealed) == holder.sealed, "7: digest")

        changed = {id for id in before.devices if before.devices[id].state != manifest.devices[id].state}
        newly_revoked = changed & revoked
        if is_device:
            _by_device(before, manifest, signer, new_devices, new_slots, rotated, newly_revoked)
        else:
            _by_slot(before, manifest, signer, new_devices, rotated, newly_revoked)

    def _identity(self, holder):
        key = holder.constant[-3:]
        if key not in self._identities:
            try:
                self._identities[key] = PublicIdentity(*key)
            except Refused:
                raise Refused("MANIFEST", "4: not acceptable keys") from None
        return self._identities[key]

    def _add(self, entries):
        for entry in entries:
            for name in (entry.id, entry.encryption, entry.signing):
                _rule(name not in self._used, "4: occurs elsewhere")
                self._used.add(name)
            self._identity(entry)

    def _signed(self, manifest, holders):
        for holder in holders:
            identity = self._identity(holder)
            if identity.signing_fingerprint == manifest.signer:
                _rule(identity.signing.verify(manifest.signed_message, manifest.signature), "3: signature")
                return holder
        raise Refused("MANIFEST", "3: no such signer")


def _sealed_where_active(manifest):
    for device in manifest.devices.values():
        _rule((device.sealed is not None) == (device.state == ACTIVE), "7: sealed keys of devices")


def _by_device(before, manifest, signer, new_devices, new_slots, rotated, newly_revoked):
    _rule(all(d.state == ACTIVE for d in new_devices), "8: a new device is active")
    for id, old in before.devices.items():
        _rule(old.state != ACTIVE or manifest.devices[id].state != UNCONFIRMED, "8: unconfirmed")
    _rule(manifest.devices[signer.id].state == ACTIVE, "8: the signer stays")
    gone = False
    for id, old in before.slots.items():
        new = manifest.slots.get(id)
        gone |= new is None and old.sealed is not None
        _rule(new is None or old.sealed is None or new.sealed is not None, "8: dormant")
    for slot in new_slots:
        _rule(slot.sealed is not None and signer.id in slot.handlers, "8: a new slot")
    _rule(rotated or not (newly_revoked or gone), "8: rotation")


def _by_slot(before, manifest, signer, new_devices, rotated, newly_revoked):
    _rule(rotated, "9: generation")
    active = [d for d in manifest.devices.values() if d.state == ACTIVE]
    _rule(len(new_devices) == 1 and active == new_devices, "9: one new device")
    _rule(not newly_revoked, "9: revoked")
    _rule(manifest.slots.keys() == before.slots.keys(), "9: the same slots")
    for id, slot in manifest.slots.items():
        added = set(slot.handlers) - set(before.slots[id].handlers)
        _rule((slot.sealed is not None) == (id == signer.id), "9: dormant but the signer")
        _rule(added == ({new_devices[0].id} if id == signer.id else set()), "9: handlers")


# Revocation lists (§9)


def accepted(revocation_list, digest):
    """Digests of backups by id. None of them where the list is not the pinned one, or not well formed."""
    entries = [revocation_list[i : i + 48] for i in range(0, len(revocation_list), 48)]
    ids = [entry[:16] for entry in entries]
    if (
        sha256(revocation_list) != digest
        or len(revocation_list) % 48
        or len(entries) > MOST_LISTED
        or any(x >= y for x, y in zip(ids, ids[1:]))
    ):
        return {}
    return {entry[:16]: entry[16:] for entry in entries}
