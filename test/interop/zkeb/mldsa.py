"""ML-DSA-65 (FIPS 204), public key of a seed and verification. Plain and slow, for tests only."""

import hashlib
from functools import cache

Q, D, K, L = 8380417, 13, 6, 5
TAU, ETA, OMEGA, BETA = 49, 4, 55, 196
GAMMA1, GAMMA2 = 2**19, (Q - 1) // 32
CHALLENGE = 48
PUBLIC, SIGNATURE = 1952, 3309

_ZETAS = [pow(1753, int(f"{i:08b}"[::-1], 2), Q) for i in range(256)]


def _shake(data, length):
    return hashlib.shake_256(data).digest(length)


def _ntt(w):
    w, m, length = list(w), 0, 128
    while length >= 1:
        for start in range(0, 256, 2 * length):
            m += 1
            for j in range(start, start + length):
                t = _ZETAS[m] * w[j + length] % Q
                w[j + length], w[j] = (w[j] - t) % Q, (w[j] + t) % Q
        length //= 2
    return w


def _inverse_ntt(w):
    w, m, length = list(w), 256, 1
    while length < 256:
        for start in range(0, 256, 2 * length):
            m -= 1
            for j in range(start, start + length):
                t = w[j]
                w[j], w[j + length] = (t + w[j + length]) % Q, -_ZETAS[m] * (t - w[j + length]) % Q
        length *= 2
    return [x * 8347681 % Q for x in w]


def _dot(f, g):
    return [sum(x * y for x, y in zip(column_f, column_g)) % Q for column_f, column_g in zip(zip(*f), zip(*g))]


def _pack(bits, values):
    return sum(x << (bits * i) for i, x in enumerate(values)).to_bytes(32 * bits, "little")


def _unpack(bits, data):
    n = int.from_bytes(data, "little")
    return [n >> (bits * i) & (2**bits - 1) for i in range(256)]


def _rejection(hash, seed, size, candidates):
    while True:
        out = list(candidates(hash(seed).digest(size)))
        if len(out) >= 256:
            return out[:256]
        size *= 2


def _uniform(data):
    for i in range(0, len(data) - 2, 3):
        x = int.from_bytes(data[i : i + 3], "little") & 0x7FFFFF
        if x < Q:
            yield x


def _bounded(data):
    for byte in data:
        for half in (byte & 15, byte >> 4):
            if half < 9:
                yield ETA - half


@cache
def _matrix(rho):
    return [
        [_rejection(hashlib.shake_128, rho + bytes([s, r]), 1008, _uniform) for s in range(L)] for r in range(K)
    ]


def public_key(seed):
    expanded = _shake(seed + bytes([K, L]), 128)
    rho, rho2 = expanded[:32], expanded[32:96]
    s = [_rejection(hashlib.shake_256, rho2 + i.to_bytes(2, "little"), 272, _bounded) for i in range(L + K)]
    s1 = [_ntt(x) for x in s[:L]]
    out = rho
    for row, s2 in zip(_matrix(rho), s[L:]):
        t = [(x + y) % Q for x, y in zip(_inverse_ntt(_dot(row, s1)), s2)]
        out += _pack(10, [(x + 2 ** (D - 1) - 1) >> D for x in t])
    return out


def _sample_in_ball(seed):
    data = _shake(seed, 1024)
    signs, at = int.from_bytes(data[:8], "little"), 8
    c = [0] * 256
    for i in range(256 - TAU, 256):
        while data[at] > i:
            at += 1
        c[i] = c[data[at]]
        c[data[at]] = 1 - 2 * (signs >> (i + TAU - 256) & 1)
        at += 1
    return c


def _unpack_hint(data):
    """None where it is not the one encoding of a hint."""
    hint, at = [[0] * 256 for _ in range(K)], 0
    for i in range(K):
        end = data[OMEGA + i]
        if not at <= end <= OMEGA:
            return None
        places = data[at:end]
        if any(x >= y for x, y in zip(places, places[1:])):
            return None
        for place in places:
            hint[i][place] = 1
        at = end
    return None if any(data[at:OMEGA]) else hint


def _use_hint(hint, r):
    low = r % (2 * GAMMA2)
    if low > GAMMA2:
        low -= 2 * GAMMA2
    high = 0 if r - low == Q - 1 else (r - low) // (2 * GAMMA2)
    if r - low == Q - 1:
        low -= 1
    if hint:
        high += 1 if low > 0 else -1
    return high % 16


def verify(public, message, signature):
    """Pure, empty context."""
    if len(public) != PUBLIC or len(signature) != SIGNATURE:
        return False
    challenge, packed = signature[:CHALLENGE], signature[CHALLENGE:-(OMEGA + K)]
    z = [[GAMMA1 - x for x in _unpack(20, packed[640 * i : 640 * (i + 1)])] for i in range(L)]
    hint = _unpack_hint(signature[-(OMEGA + K) :])
    if hint is None or any(abs(x) >= GAMMA1 - BETA for row in z for x in row):
        return False
    mu = _shake(_shake(public, 64) + b"\x00\x00" + message, 64)
    c = _ntt(_sample_in_ball(challenge))
    z = [_ntt(row) for row in z]
    w1 = b""
    for i, row in enumerate(_matrix(public[:32])):
        t1 = _ntt([x << D for x in _unpack(10, public[32 + 320 * i : 32 + 320 * (i + 1)])])
        w = _inverse_ntt([(x - y * v) % Q for x, y, v in zip(_dot(row, z), c, t1)])
        w1 += _pack(4, [_use_hint(h, x) for h, x in zip(hint[i], w)])
    return _shake(mu + w1, CHALLENGE) == challenge
