"""Notation: integers, presence, and the pre-authentication encoding (envelope.md §1)."""

import hashlib


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
