"""ML-KEM-768 (FIPS 203), key generation and decapsulation. Plain and slow; not constant-time, for tests only."""

import hashlib

Q, K, DU, DV = 3329, 3, 10, 4
CIPHERTEXT = 32 * (DU * K + DV)


def _reversed7(i):
    return int(f"{i:07b}"[::-1], 2)


_ZETAS = [pow(17, _reversed7(i), Q) for i in range(128)]
_GAMMAS = [pow(17, 2 * _reversed7(i) + 1, Q) for i in range(128)]


def _ntt(f):
    f, i, length = list(f), 1, 128
    while length >= 2:
        for start in range(0, 256, 2 * length):
            zeta, i = _ZETAS[i], i + 1
            for j in range(start, start + length):
                t = zeta * f[j + length] % Q
                f[j + length], f[j] = (f[j] - t) % Q, (f[j] + t) % Q
        length //= 2
    return f


def _inverse_ntt(f):
    f, i, length = list(f), 127, 2
    while length <= 128:
        for start in range(0, 256, 2 * length):
            zeta, i = _ZETAS[i], i - 1
            for j in range(start, start + length):
                t = f[j]
                f[j], f[j + length] = (t + f[j + length]) % Q, zeta * (f[j + length] - t) % Q
        length *= 2
    return [x * 3303 % Q for x in f]


def _multiply(f, g):
    out = []
    for i, gamma in enumerate(_GAMMAS):
        a0, a1, b0, b1 = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        out += [(a0 * b0 + a1 * b1 % Q * gamma) % Q, (a0 * b1 + a1 * b0) % Q]
    return out


def _add(*polynomials):
    return [sum(column) % Q for column in zip(*polynomials)]


def _dot(f, g):
    return _add(*map(_multiply, f, g))


def is_encapsulation_key(data):
    """The modulus check of FIPS 203 §7.2."""
    coefficients = int.from_bytes(data[: 384 * K], "little")
    return len(data) == 384 * K + 32 and all(coefficients >> (12 * i) & 0xFFF < Q for i in range(256 * K))


def _encode(d, f):
    return sum(x << (d * i) for i, x in enumerate(f)).to_bytes(32 * d, "little")


def _decode(d, data):
    n = int.from_bytes(data, "little")
    return [n >> (d * i) & (2**d - 1) for i in range(256)]


def _compress(d, f):
    return [((x << d) + Q // 2) // Q % 2**d for x in f]


def _decompress(d, f):
    return [(x * Q + 2 ** (d - 1)) >> d for x in f]


def _sample_ntt(seed):
    size = 1008
    while True:
        data, out = hashlib.shake_128(seed).digest(size), []
        for i in range(0, size, 3):
            low = data[i] + 256 * (data[i + 1] % 16)
            high = data[i + 1] // 16 + 16 * data[i + 2]
            out += [x for x in (low, high) if x < Q]
        if len(out) >= 256:
            return out[:256]
        size *= 2


def _sample_cbd(seed, n):
    """Centred binomial, η = 2."""
    bits = int.from_bytes(hashlib.shake_256(seed + bytes([n])).digest(128), "little")
    nibbles = [bits >> (4 * i) & 15 for i in range(256)]
    return [((x & 1) + (x >> 1 & 1) - (x >> 2 & 1) - (x >> 3)) % Q for x in nibbles]


def _matrix(rho):
    return [[_sample_ntt(rho + bytes([j, i])) for j in range(K)] for i in range(K)]


def _encrypt(ek, m, r):
    t = [_decode(12, ek[384 * i : 384 * (i + 1)]) for i in range(K)]
    a = _matrix(ek[384 * K :])
    y = [_ntt(_sample_cbd(r, n)) for n in range(K)]
    e1 = [_sample_cbd(r, K + n) for n in range(K)]
    e2 = _sample_cbd(r, 2 * K)
    u = [_add(_inverse_ntt(_dot([a[j][i] for j in range(K)], y)), e1[i]) for i in range(K)]
    v = _add(_inverse_ntt(_dot(t, y)), e2, _decompress(1, _decode(1, m)))
    return b"".join(_encode(DU, _compress(DU, x)) for x in u) + _encode(DV, _compress(DV, v))


class DecapsulationKey:
    def __init__(self, d, z):
        g = hashlib.sha3_512(d + bytes([K])).digest()
        rho, sigma = g[:32], g[32:]
        a = _matrix(rho)
        self._s = [_ntt(_sample_cbd(sigma, n)) for n in range(K)]
        e = [_ntt(_sample_cbd(sigma, K + n)) for n in range(K)]
        self.public = b"".join(_encode(12, _add(_dot(a[i], self._s), e[i])) for i in range(K)) + rho
        self._z = z

    def decapsulate(self, c):
        u = [_decompress(DU, _decode(DU, c[32 * DU * i : 32 * DU * (i + 1)])) for i in range(K)]
        v = _decompress(DV, _decode(DV, c[32 * DU * K :]))
        noise = _inverse_ntt(_dot(self._s, [_ntt(x) for x in u]))
        m = _encode(1, _compress(1, [(x - y) % Q for x, y in zip(v, noise)]))
        g = hashlib.sha3_512(m + hashlib.sha3_256(self.public).digest()).digest()
        if _encrypt(self.public, m, g[32:]) == c:
            return g[:32]
        return hashlib.shake_256(self._z + c).digest(32)
