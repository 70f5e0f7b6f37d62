"""Raw Shamir shares (raw-shamir.md). Plain, and not constant-time: for tests only."""

from functools import reduce
from operator import xor

from .errors import Refused

LONGEST = 1048577


def multiply(a, b):
    product = 0
    for k in range(8):
        if b >> k & 1:
            product ^= a << k
    for k in range(14, 7, -1):
        if product >> k & 1:
            product ^= 0x11B << (k - 8)
    return product


def inverse(a):
    return reduce(multiply, [a] * 254)


def scale(data, factor):
    return bytes(multiply(byte, factor) for byte in data)


def add(*pieces):
    return bytes(reduce(xor, column) for column in zip(*pieces))


def value_at(x, secret, coefficients):
    """y of share x: Horner's rule, the coefficient of the highest power first."""
    y = bytes(len(secret))
    for coefficient in [*reversed(coefficients), secret]:
        y = add(scale(y, x), coefficient)
    return y


def weights(xs, at=0):
    return [
        reduce(multiply, (multiply(at ^ other, inverse(x ^ other)) for other in xs if other != x), 1) for x in xs
    ]


def interpolate(points, at=0):
    """`points` are pairs of x and y, no x twice."""
    return add(*(scale(y, w) for (_, y), w in zip(points, weights([x for x, _ in points], at))))


def combine(shares):
    if not 2 <= len(shares) <= 255:
        raise Refused("FORMAT", "number of shares")
    xs = set()
    for share in shares:
        if len(share) > LONGEST:
            raise Refused("LIMIT", "share")
        if len(share) < 2 or len(share) != len(shares[0]) or share[-1] == 0 or share[-1] in xs:
            raise Refused("FORMAT", "share")
        xs.add(share[-1])
    return interpolate([(share[-1], share[:-1]) for share in shares])
