"""Restricted JSON, and its canonical bytes (envelope.md §1, RFC 8785)."""

import json
import re

from .errors import Refused

LARGEST = 2**53 - 1
LEVELS = 32


def _refuse(why):
    raise Refused("FORMAT", why)


def _integer(token):
    if token.startswith("-0") or len(token) > 17:
        _refuse("number")
    n = int(token)
    if abs(n) > LARGEST:
        _refuse("number beyond 2^53-1")
    return n


def _object(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse("a key twice")
    return members


def _check_text(text):
    if "\0" in text or re.search("[\ud800-\udfff]", text):
        _refuse("U+0000 or lone surrogate")


def check(value, levels=LEVELS):
    """Refuses what §1 excludes, in a value that was read already."""
    if isinstance(value, str):
        _check_text(value)
    elif value is None or isinstance(value, bool):
        pass
    elif isinstance(value, int):
        if abs(value) > LARGEST:
            _refuse("number beyond 2^53-1")
    elif isinstance(value, (dict, list)):
        if levels == 0:
            _refuse("too many levels")
        for key in value if isinstance(value, dict) else ():
            _check_text(key)
        for item in value.values() if isinstance(value, dict) else value:
            check(item, levels - 1)
    else:
        _refuse("not JSON of §1")


def parse(text, levels=LEVELS):
    def forbidden(token):
        _refuse(f"number {token}")

    if not isinstance(text, str):
        _refuse("not text")
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=forbidden, parse_constant=forbidden
        )
    except (ValueError, RecursionError):
        _refuse("not JSON")
    check(value, levels)
    return value


_SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


def _text(text):
    return '"' + "".join(_SHORT.get(ord(c)) or (f"\\u{ord(c):04x}" if c < " " else c) for c in text) + '"'


def _write(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return "[" + ",".join(map(_write, value)) + "]"
    keys = sorted(value, key=lambda k: k.encode("utf-16-be"))
    return "{" + ",".join(_text(k) + ":" + _write(value[k]) for k in keys) + "}"


def jcs(value):
    check(value)
    return _write(value).encode()
