"""Recovery shares: sets, what one share proves, combining, text, and envelopes of shares (recovery.md)."""

import hmac
import re
from dataclasses import dataclass

from . import envelope, shamir
from .errors import Refused
from .hpke import hkdf_expand, hkdf_extract
from .pae import sha256, u32
from .text import characters

LEAST, MOST = 2, 16
MOST_GIVEN = 256
LENGTH = 32
LONGEST_TEXT = 16384
LINE, LEAST_LINES, MOST_LINES = 15, 7, 10


class BadShare(Refused):
    """SHARES, with the reason, and the numbers of wrong lines where it is text."""

    def __init__(self, reason, lines=()):
        super().__init__("SHARES", reason)
        self.reason = reason
        self.lines = list(lines)


# Sets (§1)


def header(t, n, epoch):
    return b"ZS\x01\x01" + bytes([t, n]) + u32(epoch) + bytes([LENGTH])


def leaf(head, x, y):
    return sha256(b"\x00zkeb/share/v1" + head + bytes([x]) + y)[:16]


def node(left, right):
    return sha256(b"\x01" + left + right)[:16]


def confirmation(secret, head):
    key = hkdf_expand(hkdf_extract(b"", secret, "sha256"), b"zkeb/share/confirm/v1", 32, "sha256")
    return hmac.digest(key, head, "sha256")[:16]


def set_id(head, confirm, root):
    return sha256(b"\x02" + head + confirm + root)[:16]


def levels(leaves):
    """Leaves, what becomes of them, and so on up to the root."""
    found = [list(leaves)]
    while len(found[-1]) > 1:
        below = found[-1]
        pairs = [below[i : i + 2] for i in range(0, len(below), 2)]
        found.append([node(*pair) if len(pair) == 2 else pair[0] for pair in pairs])
    return found


def make_set(secret, coefficients, t, n, epoch):
    """Every value on the way."""
    head = header(t, n, epoch)
    ys = [shamir.value_at(x, secret, coefficients) for x in range(1, n + 1)]
    leaves = [leaf(head, x, y) for x, y in enumerate(ys, 1)]
    tree = levels(leaves)
    root = tree[-1][0]
    confirm = confirmation(secret, head)
    id = set_id(head, confirm, root)
    shares = []
    for x, y in enumerate(ys, 1):
        path, i = [], x - 1
        for level in tree[:-1]:
            path += level[i ^ 1 : (i ^ 1) + 1]
            i //= 2
        shares.append(head + id + confirm + bytes([x]) + y + bytes([len(path)]) + b"".join(path))
    return {"header": head, "confirm": confirm, "root": root, "setId": id, "leaves": leaves, "shares": shares}


# One share (§2, §3)


@dataclass
class Share:
    head: bytes
    set_id: bytes
    confirm: bytes
    x: int
    y: bytes

    @property
    def threshold(self):
        return self.head[4]


def _steps(n, x):
    """Of every level: whether the own value is on the left, and None where it has no partner."""
    i, m = x - 1, n
    while m > 1:
        yield None if i % 2 == 0 and i + 1 == m else i % 2 == 0
        i, m = i // 2, (m + 1) // 2


def read_share(data, pinned=None):
    if len(data) < 4 or data[:2] != b"ZS":
        raise BadShare("format")
    if data[2:4] != b"\x01\x01":
        raise BadShare("version")
    if len(data) < 77:
        raise BadShare("format")
    share = Share(data[:11], data[11:27], data[27:43], data[43], data[44:76])
    t, n = share.head[4:6]
    if not (LEAST <= t <= n <= MOST and share.head[10] == LENGTH and 1 <= share.x <= n):
        raise BadShare("format")
    sides = [side for side in _steps(n, share.x) if side is not None]
    path = [data[i : i + 16] for i in range(77, len(data), 16)]
    if data[76] != len(sides) or len(data) != 77 + 16 * len(sides):
        raise BadShare("format")
    root = leaf(share.head, share.x, share.y)
    for is_left, partner in zip(sides, path):
        root = node(root, partner) if is_left else node(partner, root)
    found = set_id(share.head, share.confirm, root)
    if found != share.set_id:
        raise BadShare("altered")
    if pinned is not None and found != pinned:
        raise BadShare("foreign")
    return share


# Combining (§4)


def check_shares(given, pinned=None):
    """The report, and the secret where nothing stands against it."""
    bad, good = [], []
    if len(given) > MOST_GIVEN:
        raise Refused("SHARES", "too many")
    for position, data in enumerate(given):
        try:
            share = read_share(data, pinned)
            if (share.set_id, share.x) in [(other.set_id, other.x) for other in good]:
                raise BadShare("duplicate")
            good.append(share)
        except BadShare as error:
            bad.append({"position": position, "reason": error.reason})
    sets = {share.set_id for share in good}
    report = {"bad": bad, "sets": len(sets) if len(sets) > 1 else 0, "recovers": False}
    if len(sets) > 1:
        return {**report, "have": 0}, None
    report["have"] = len(good)
    if not good:
        return report, None
    report["need"] = good[0].threshold
    if len(good) < good[0].threshold:
        return report, None
    secret = shamir.interpolate([(share.x, share.y) for share in good])
    report["recovers"] = hmac.compare_digest(confirmation(secret, good[0].head), good[0].confirm)
    return report, secret if report["recovers"] and not bad else None


# Text (§5)

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32M = 0x2BC830A3
_LINE = re.compile("[ \t\u00a0]*([0-9]{1,2})[.:]?[ \t\u00a0](.*)", re.DOTALL)


def _polymod(values):
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            check ^= generator if top >> i & 1 else 0
    return check


def _expand(prefix):
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def bech32m(prefix, data):
    """Behind the prefix and its 1, in lower case."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    check = _polymod(_expand(prefix) + values + [0] * 6) ^ _BECH32M
    return "".join(_ALPHABET[v] for v in values + [check >> 5 * (5 - i) & 31 for i in range(6)])


def _decode(prefix, text):
    """None where anything is wrong."""
    text = "".join(c.lower() if c.isascii() else c for c in text)
    if len(text) < 6 or any(c not in _ALPHABET for c in text):
        return None
    values = [_ALPHABET.index(c) for c in text]
    if _polymod(_expand(prefix) + values) != _BECH32M:
        return None
    bits = "".join(f"{v:05b}" for v in values[:-6])
    unused = bits[len(bits) // 8 * 8 :]
    if len(unused) >= 5 or "1" in unused:
        return None
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) // 8 * 8, 8))


def lines_of(share):
    out = []
    for k, start in enumerate(range(0, len(share), LINE), 1):
        text = bech32m(f"zs{k:02}", share[start : start + LINE]).upper()
        out.append(f"{k:02} " + " ".join(text[i : i + 5] for i in range(0, len(text), 5)))
    return "\n".join(out)


def qr_of(share):
    return "ZKEBSHARE1" + bech32m("zkebshare", share).upper()


def read_text(text):
    """The bytes of a share."""
    if characters(text) > LONGEST_TEXT:
        raise BadShare("format")
    if text.strip()[:10].upper() == "ZKEBSHARE1":
        data = _decode("zkebshare", text.strip()[10:])
        if data is None:
            raise BadShare("format")
        return data
    found, wrong = {}, set()
    for line in re.split("\r\n|\r|\n", text):
        matched = _LINE.fullmatch(line)
        if not matched:
            continue
        k = int(matched[1])
        data = _decode(f"zs{k:02}", re.sub("[ \t\u00a0-]", "", matched[2]))
        if k in found or not 1 <= k <= MOST_LINES or not data or len(data) > LINE:
            wrong.add(k)
        if 1 <= k <= MOST_LINES:
            found[k] = data or b""
    if not found and not wrong:
        raise BadShare("format")
    last = max(found, default=0)
    wrong |= {k for k, data in found.items() if k < last and len(data) < LINE}
    needed = last + 1 if last and last < MOST_LINES and len(found[last]) == LINE else last
    wrong |= set(range(1, max(needed, LEAST_LINES) + 1)) - found.keys()
    if wrong:
        raise BadShare("format", sorted(wrong))
    return b"".join(found[k] for k in sorted(found))


# Envelopes of shares (§7)


def open_sealed(text, guardian, owner, account_id, pinned, x, now):
    associated_data = {
        "purpose": "zkeb/recovery-share/v1",
        "accountId": account_id.hex(),
        "setId": pinned.hex(),
        "x": x,
    }
    data = envelope.open_envelope(envelope.from_json(text), guardian, owner, now, associated_data).plaintext
    if read_share(data, pinned).x != x:
        raise BadShare("index")
    return data
