"""Notation: integers, presence, and the pre-authentication encoding (envelope.md §1)."""

import hashlib

from .errors import Refused


def sha256(data):
    return hashlib.sha256(data).digest()


def u16(n):
    return n.to_bytes(2, "big")


def u32(n):
    return n.to_bytes(4, "big")


def u64(n):
    return n.to_bytes(8, "big")


def le64(n):
    return n.to_bytes(8, "little")


def opt(x):
    return b"\x00" if x is None else b"\x01" + x


def pae(*pieces):
    pieces = [p.encode() if isinstance(p, str) else p for p in pieces]
    return le64(len(pieces)) + b"".join(le64(len(p)) + p for p in pieces)


def read_pae(data):
    """The pieces of a PAE: exactly those, and nothing behind the last one."""

    def number(at):
        if at + 8 > len(data):
            raise Refused("FORMAT", "a PAE that ends too early")
        return int.from_bytes(data[at : at + 8], "little")

    pieces, at = [], 8
    for _ in range(min(number(0), len(data) // 8)):
        end = at + 8 + number(at)
        if end > len(data):
            raise Refused("FORMAT", "a PAE that ends too early")
        pieces.append(data[at + 8 : end])
        at = end
    if len(pieces) != number(0) or at != len(data):
        raise Refused("FORMAT", "not one PAE")
    return pieces


def read_opt(data):
    if data[:1] == b"\x01":
        return data[1:]
    if data != b"\x00":
        raise Refused("FORMAT", "presence")
    return None


def sized(data, size):
    """`data`, which is None or has this many bytes."""
    if data is not None and len(data) != size:
        raise Refused("FORMAT", f"not {size} bytes")
    return data


def read_u64(data):
    return int.from_bytes(sized(data, 8), "big")


def check_label(found, label):
    """A first piece of the same family and of another version is VERSION, whatever comes after it."""
    family = label.rpartition("/")[0].encode() + b"/"
    if found != label.encode():
        raise Refused("VERSION" if found.startswith(family) else "FORMAT", "first piece")
