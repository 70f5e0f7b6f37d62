"""The three suites (envelope.md §2)."""

from dataclasses import dataclass

from .errors import Refused


@dataclass(frozen=True)
class Suite:
    name: str
    number: int
    key_algorithm: str
    signature_algorithm: str
    wrapped_lengths: range
    signature_lengths: range
    hpke: bool
    algorithm: str = "AES-256-GCM"


RSA = Suite("rsa", 1, "RSA-OAEP", "RSA-PSS", range(256, 1025), range(256, 1025), False)
X25519 = Suite("x25519", 2, "HPKE-X25519", "Ed25519", range(80, 81), range(64, 65), True)
PQ = Suite("pq", 3, "HPKE-MLKEM768-X25519", "Ed25519+ML-DSA-65", range(1168, 1169), range(3373, 3374), True)
SUITES = (RSA, X25519, PQ)


def by_number(number):
    for suite in SUITES:
        if suite.number == number:
            return suite
    raise Refused("SUITE_NOT_ALLOWED", f"suite {number}")


def by_algorithms(algorithm, key_algorithm, signature_algorithm):
    """The suite, and whether it is signed (§5.1, §8.5)."""
    for suite in SUITES:
        if (algorithm, key_algorithm) == (suite.algorithm, suite.key_algorithm):
            if signature_algorithm == suite.signature_algorithm:
                return suite, True
            if signature_algorithm == "" and suite.hpke:
                return suite, False
    raise Refused("SUITE_NOT_ALLOWED", "algorithms")
