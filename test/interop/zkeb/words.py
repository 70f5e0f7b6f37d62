"""Words of the English list of BIP-39, eleven bits each, the highest first (account.md §8, recovery.md §8)."""

import pathlib
import unicodedata

from .errors import Refused

# english.txt of BIP-39 (bitcoin/bips), SHA-256 2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda
LIST = (pathlib.Path(__file__).parent / "english.txt").read_text().split()


def words(data, count):
    bits = "".join(f"{byte:08b}" for byte in data)
    return " ".join(LIST[int(bits[i : i + 11], 2)] for i in range(0, 11 * count, 11))


def check_code(typed, fingerprint):
    """recovery.md §8, step 2."""
    if " ".join(unicodedata.normalize("NFKC", typed).lower().split()) != words(fingerprint, 10):
        raise Refused("CODE")
