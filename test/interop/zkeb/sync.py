"""Clocks, Lamport times, versions and compactions (sync.md). A clock is a dict of counts by device, 32 bytes."""

import re
from dataclasses import dataclass

from .errors import Refused
from .pae import check_label, opt, pae, read_opt, read_pae, read_u64, sha256, sized, u64
from .suites import SUITES

LARGEST = 2**53 - 1
MOST_AHEAD = 2**32
LARGEST_VERSION, LARGEST_RECORD = 16384, 65536
MOST_ENTRIES, MOST_FLOOR, MOST_RECORDS = 128, 1024, 1024
VERSION, COMPACTION = "zkeb/sync/version/v1", "zkeb/sync/compaction/v1"
_DIGEST = re.compile("[0-9a-f]{64}")


# Clocks (§2)


def is_before_or_equal(a, b):
    return all(count <= b.get(device, 0) for device, count in a.items())


def compare(a, b):
    names = {(True, True): "equal", (True, False): "before", (False, True): "after", (False, False): "concurrent"}
    return names[is_before_or_equal(a, b), is_before_or_equal(b, a)]


def merge(a, b):
    return {device: max(a.get(device, 0), b.get(device, 0)) for device in a.keys() | b.keys()}


def tick(clock, device):
    count = clock.get(device, 0) + 1
    if count > LARGEST:
        raise Refused("LIMIT", "count")
    return {**clock, device: count}


def entries(clock):
    return b"".join(device + u64(count) for device, count in sorted(clock.items()))


def read_entries(data):
    if len(data) % 40:
        raise Refused("FORMAT", "entries")
    found = [(data[i : i + 32], read_u64(data[i + 32 : i + 40])) for i in range(0, len(data), 40)]
    if any(x[0] >= y[0] for x, y in zip(found, found[1:])):
        raise Refused("FORMAT", "order of entries")
    if any(not 1 <= count <= LARGEST for _, count in found):
        raise Refused("FORMAT", "count")
    return dict(found)


# Lamport times (§3)


def accept_time(own, received):
    """`own` is 0 where there is none."""
    if own and received - own > MOST_AHEAD:
        raise Refused("LIMIT", "too far ahead")
    return max(own, received)


def next_time(own):
    if own >= LARGEST:
        raise Refused("LIMIT", "Lamport time")
    return own + 1


# Versions (§4), and how clocks are stored (§6)


@dataclass
class Version:
    clock: dict
    lamport: int
    device: bytes
    digest: bytes

    @property
    def place(self):
        """In the order of display."""
        return self.lamport, self.device, self.digest


def reconcile(local, remote):
    if remote.lamport - local.lamport > MOST_AHEAD:
        raise Refused("LIMIT", "too far ahead")
    if local.clock == remote.clock:
        return "keep" if local == remote else "fork"
    return {"before": "keep", "after": "fast-forward", "concurrent": "concurrent"}[compare(remote.clock, local.clock)]


def prune(clock, chain):
    """The compaction or None, and the entries that stay."""
    for compaction in reversed(chain):
        if is_before_or_equal(compaction.floor, clock):
            digest, left = compaction.digest, clock.items() - compaction.floor.items()
            break
    else:
        digest, left = None, clock.items()
    if len(left) > MOST_ENTRIES:
        raise Refused("LIMIT", "entries")
    return digest, dict(left)


def restore(digest, left, chain):
    if len(left) > MOST_ENTRIES:
        raise Refused("LIMIT", "entries")
    if digest is None:
        return left
    for compaction in chain:
        if compaction.digest == digest:
            if any(count <= compaction.floor.get(device, 0) for device, count in left.items()):
                raise Refused("FORMAT", "an entry that the floor has")
            return {**compaction.floor, **left}
    raise Refused("COMPACTION_UNKNOWN")


def encode_version(version, chain):
    digest, left = prune(version.clock, chain)
    return pae(VERSION, opt(digest), entries(left), u64(version.lamport), version.device, version.digest)


def _pieces(data, label, count):
    pieces = read_pae(data)
    check_label(pieces[0] if pieces else b"", label)
    if len(pieces) != count:
        raise Refused("FORMAT", "pieces")
    return pieces[1:]


def read_version(data, chain):
    if len(data) > LARGEST_VERSION:
        raise Refused("LIMIT", "version")
    compaction, left, lamport, device, digest = _pieces(data, VERSION, 6)
    clock = restore(sized(read_opt(compaction), 32), read_entries(left), chain)
    version = Version(clock, read_u64(lamport), sized(device, 32), sized(digest, 32))
    if not 1 <= version.lamport <= LARGEST or version.device not in clock:
        raise Refused("FORMAT", "Lamport time, or no count of the device")
    return version


def restore_json(stored, chain):
    """Of the hint column, as JSON that was read."""
    if not isinstance(stored, dict) or not {"entries"} <= stored.keys() <= {"entries", "compaction"}:
        raise Refused("FORMAT", "members")
    digest = stored.get("compaction")
    if "compaction" in stored and not (isinstance(digest, str) and _DIGEST.fullmatch(digest)):
        raise Refused("FORMAT", "compaction")
    left = stored["entries"]
    if not isinstance(left, dict) or not all(_DIGEST.fullmatch(device) for device in left):
        raise Refused("FORMAT", "entries")
    for count in left.values():
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= LARGEST:
            raise Refused("FORMAT", "count")
    left = {bytes.fromhex(device): count for device, count in left.items()}
    return restore(digest and bytes.fromhex(digest), left, chain)


# Compactions (§7)


@dataclass
class Compaction:
    body: bytes
    account_id: bytes
    scope_hash: bytes
    sequence: int
    predecessor: bytes | None
    floor: dict
    manifest: bytes
    signer: bytes
    signature: bytes

    @property
    def digest(self):
        return sha256(self.body)

    @property
    def signed_message(self):
        return pae("zkeb/sync/compaction/v1/signature", self.digest)


def read_record(record):
    if len(record) > LARGEST_RECORD:
        raise Refused("LIMIT", "record")
    pieces = read_pae(record)
    if len(pieces) != 3:
        raise Refused("FORMAT", "pieces")
    body, signer, signature = pieces
    account_id, scope_hash, sequence, predecessor, floor, manifest = _pieces(body, COMPACTION, 7)
    if not any(len(signature) in suite.signature_lengths for suite in SUITES):
        raise Refused("FORMAT", "length of the signature")
    floor = read_entries(floor)
    if len(floor) > MOST_FLOOR:
        raise Refused("LIMIT", "floor")
    return Compaction(
        body,
        sized(account_id, 32),
        sized(scope_hash, 32),
        read_u64(sequence),
        sized(read_opt(predecessor), 32),
        floor,
        sized(manifest, 32),
        sized(signer, 32),
        signature,
    )


def open_chain(records, account_id, scope_hash, signer, manifests):
    """`signer` is the identity of an active device, found by the last record, or None."""
    if len(records) > MOST_RECORDS:
        raise Refused("LIMIT", "records")
    chain = [read_record(record) for record in records]
    for i, (before, one) in enumerate(zip([None, *chain], chain)):
        if one.sequence != i + 1 or (one.predecessor is None) != (before is None):
            raise Refused("FORMAT", "sequence or predecessor")
        if before and not is_before_or_equal(before.floor, one.floor):
            raise Refused("FORMAT", "floor")
    for before, one in zip([None, *chain], chain):
        ids = (one.account_id, one.scope_hash) == (account_id, scope_hash)
        if not ids or before and one.predecessor != before.digest:
            raise Refused("SIGNATURE", "another account, scope or predecessor")
    if chain:
        last = chain[-1]
        if signer is None or last.manifest not in manifests:
            raise Refused("SIGNER_UNKNOWN")
        good = signer.signing.verify(last.signed_message, last.signature)
        if signer.signing.fingerprint != last.signer or not good:
            raise Refused("SIGNATURE")
    return chain
