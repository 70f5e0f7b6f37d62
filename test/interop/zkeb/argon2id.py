"""Argon2id, version 0x13 (RFC 9106), without secret and associated data. Plain and slow, for tests only."""

import hashlib
import struct

_LOW, _WORD = 2**32 - 1, 2**64 - 1


def _le32(n):
    return n.to_bytes(4, "little")


def _long_hash(length, data):
    data = _le32(length) + data
    if length <= 64:
        return hashlib.blake2b(data, digest_size=length).digest()
    v = hashlib.blake2b(data).digest()
    out, left = v[:32], length - 32
    while left > 64:
        v = hashlib.blake2b(v).digest()
        out, left = out + v[:32], left - 32
    return out + hashlib.blake2b(v, digest_size=left).digest()


def _mix(a, b, c, d):
    for first, second in ((32, 24), (16, 63)):
        a = (a + b + 2 * (a & _LOW) * (b & _LOW)) & _WORD
        d ^= a
        d = (d >> first | d << (64 - first)) & _WORD
        c = (c + d + 2 * (c & _LOW) * (d & _LOW)) & _WORD
        b ^= c
        b = (b >> second | b << (64 - second)) & _WORD
    return a, b, c, d


_QUARTERS = [(i, 4 + i, 8 + i, 12 + i) for i in range(4)]
_DIAGONALS = [(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4) for i in range(4)]
_ROWS = [range(16 * i, 16 * i + 16) for i in range(8)]
_COLUMNS = [[16 * j + 2 * i + k for j in range(8) for k in (0, 1)] for i in range(8)]
_STEPS = [[line[x] for x in four] for line in _ROWS + _COLUMNS for four in _QUARTERS + _DIAGONALS]


def _compress(x, y):
    """G of RFC 9106 §3.5. Blocks are integers of 8192 bits, little-endian."""
    r = x ^ y
    w = list(struct.unpack("<128Q", r.to_bytes(1024, "little")))
    for a, b, c, d in _STEPS:
        w[a], w[b], w[c], w[d] = _mix(w[a], w[b], w[c], w[d])
    return r ^ int.from_bytes(struct.pack("<128Q", *w), "little")


class _Memory:
    def __init__(self, h0, m, t, p):
        self.lanes, self.passes = p, t
        self.segment = m // (4 * p)
        self.columns = 4 * self.segment
        self.blocks = [[0] * self.columns for _ in range(p)]
        for lane in range(p):
            for column in (0, 1):
                block = _long_hash(1024, h0 + _le32(column) + _le32(lane))
                self.blocks[lane][column] = int.from_bytes(block, "little")

    def _addresses(self, turn, lane, part):
        """J₁ and J₂ that do not depend on the data (§3.4.1.2)."""
        for counter in range(1, self.segment // 128 + 2):
            numbers = (turn, lane, part, self.columns * self.lanes, self.passes, 2, counter)
            z = int.from_bytes(struct.pack("<7Q", *numbers), "little")
            block = _compress(0, _compress(0, z)).to_bytes(1024, "little")
            yield from struct.unpack("<128Q", block)

    def _reference(self, j, turn, lane, part, index):
        j1, j2 = j & _LOW, j >> 32
        other = lane if turn == 0 and part == 0 else j2 % self.lanes
        area = part * self.segment if turn == 0 else self.columns - self.segment
        if other == lane:
            area += index - 1
        elif index == 0:
            area -= 1
        start = 0 if turn == 0 else (part + 1) % 4 * self.segment
        place = area - 1 - (area * (j1 * j1 >> 32) >> 32)
        return self.blocks[other][(start + place) % self.columns]

    def fill_segment(self, turn, lane, part):
        blocks = self.blocks[lane]
        addresses = self._addresses(turn, lane, part) if turn == 0 and part < 2 else None
        for index in range(self.segment):
            j = next(addresses) if addresses else None
            if turn == 0 and part == 0 and index < 2:
                continue
            column = part * self.segment + index
            before = blocks[column - 1]
            j = before & _WORD if j is None else j
            new = _compress(before, self._reference(j, turn, lane, part, index))
            blocks[column] = blocks[column] ^ new if turn else new


def argon2id(password, salt, m, t, p, length):
    h0 = hashlib.blake2b(
        b"".join(map(_le32, (p, length, m, t, 0x13, 2)))
        + b"".join(_le32(len(x)) + x for x in (password, salt, b"", b""))
    ).digest()
    memory = _Memory(h0, m, t, p)
    for turn in range(t):
        for part in range(4):
            for lane in range(p):
                memory.fill_segment(turn, lane, part)
    last = 0
    for blocks in memory.blocks:
        last ^= blocks[-1]
    return _long_hash(length, last.to_bytes(1024, "little"))
