"""Base64, UUIDs, times and labels: one text for one value (envelope.md §1, §4, §8)."""

import base64
import binascii
import re
from datetime import datetime, timedelta, timezone

from .errors import Refused

LAST_MOMENT = 253402300799999
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3})(000)?Z")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def base64_decode(text):
    if not isinstance(text, str):
        raise Refused("FORMAT", "Base64 is text")
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise Refused("FORMAT", "Base64") from None
    if base64.b64encode(data).decode() != text:
        raise Refused("FORMAT", "Base64 that is not canonical")
    return data


def base64url_decode(text):
    """Of keys (§9): no padding."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise Refused("KEY", "Base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise Refused("KEY", "Base64url") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Refused("KEY", "Base64url that is not canonical")
    return data


def uuid_bytes(text):
    if not isinstance(text, str) or not _UUID.fullmatch(text):
        raise Refused("FORMAT", "UUID")
    return bytes.fromhex(text.replace("-", ""))


def time(text, microseconds=False):
    """Unix milliseconds. Databases may give six fractional digits (§8.2)."""
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if not found or (found[8] and not microseconds):
        raise Refused("FORMAT", "time")
    try:
        moment = datetime(*(int(found[i]) for i in range(1, 7)), tzinfo=timezone.utc)
    except ValueError:
        raise Refused("FORMAT", "no such time") from None
    return check_time((moment - _EPOCH) // timedelta(milliseconds=1) + int(found[7]))


def check_time(n):
    if not 0 <= n <= LAST_MOMENT:
        raise Refused("FORMAT", "time out of range")
    return n


def label(value):
    """Bytes of a label that is given as text."""
    if not isinstance(value, str):
        raise Refused("FORMAT", "a label is text")
    try:
        data = value.encode()
    except UnicodeEncodeError:
        raise Refused("FORMAT", "lone surrogate in a label") from None
    return check_label(data)


def check_label(data):
    if not 1 <= len(data) <= 255 or b"\0" in data:
        raise Refused("FORMAT", "label")
    try:
        data.decode()
    except UnicodeDecodeError:
        raise Refused("FORMAT", "a label is UTF-8") from None
    return data
