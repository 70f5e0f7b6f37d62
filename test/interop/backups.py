"""The cases of backup.json."""

import base64

from report import same
from zkeb import backup, keys
from zkeb.text import uuid_bytes


def _account(one):
    accepted = {uuid_bytes(b["id"]): bytes.fromhex(b["digest"]) for b in one["accepted"]["backups"]}
    devices = {
        uuid_bytes(d["id"]): backup.Device(
            keys.parse_secret(d["secret"]),
            d["active"],
            d["state"] == "revoked",
            accepted if d["id"] == one["accepted"]["deviceId"] else {},
        )
        for d in one["devices"]
    }
    return backup.Account(
        bytes.fromhex(one["accountId"]),
        uuid_bytes(one["userId"]),
        one["generation"],
        [bytes.fromhex(key) for key in one["accountKeys"]],
        {bytes.fromhex(digest) for digest in one["manifests"]},
        devices,
    )


def backups(report, vectors, _):
    accounts = {suite: _account(one) for suite, one in vectors["accounts"].items()}

    def derives(suite):
        for g, expected in enumerate(vectors["accounts"][suite]["keys"]):
            same({label: accounts[suite].key(label, g).hex() for label in expected}, expected, "keys")

    for suite in accounts:
        report.case(f"keys of {suite}", lambda suite=suite: derives(suite))

    def open_backup(case):
        account = accounts[case["suite"]]
        if "userId" in case:
            account = backup.Account(**{**vars(account), "user_id": uuid_bytes(case["userId"])})
        chunks = base64.b64decode(case["object"]) if "object" in case else None
        row = backup.read_row(case["row"], chunks is not None)
        return backup.open_backup(row, account, case.get("now", vectors["now"]), chunks)

    def opens(case):
        plaintext, steps, read = open_backup(case)
        same(plaintext, bytes((31 * i + i // 256) % 256 for i in range(read["size"])), "content")
        same({name: value.hex() for name, value in steps.items()}, case["steps"], "steps")
        found = {name: v.hex() if isinstance(v, bytes) else v for name, v in read.items() if v is not None}
        same(found, case["expected"], "metadata")

    for case in vectors["positive"]:
        report.case(f"{case['name']}, {case['suite']}", lambda case=case: opens(case))
    for case in vectors["negative"]:
        report.refusal(f"{case['name']}, {case['suite']}", case["code"], lambda case=case: open_backup(case))
    _hashes(report, vectors["hashes"], accounts["x25519"])


def _hashes(report, vectors, account):
    for case in vectors["names"]:
        found = [backup.name_hash(account, case["name"], g).hex() for g in range(len(account.keys))]
        report.case(f"name {case['name'][:40]}", lambda case=case, found=found: same(found, case["hashes"], "hashes"))
    for case in vectors["scopes"]:
        found = backup.scope_hash(account, case["scope"]).hex()
        report.case(f"scope {case['scope'][:40]}", lambda case=case, found=found: same(found, case["hash"], "hash"))
    for case in vectors["devices"]:
        found = backup.device_id_hash(account, uuid_bytes(case["id"])).hex()
        report.case(f"device {case['id']}", lambda case=case, found=found: same(found, case["hash"], "hash"))

    def device_name(case):
        return backup.open_device_name(account, uuid_bytes(case["id"]), base64.b64decode(case["sealed"]))

    names = vectors["deviceNames"]
    for case in names["positive"]:
        report.case(f"device name {case['name']}", lambda case=case: same(device_name(case), case["name"], "name"))
    for case in names["negative"]:
        report.refusal(f"device name: {case['name']}", case["code"], lambda case=case: device_name(case))
    for size, expected in vectors["padded"]:
        found = backup.padded(size)
        report.case(f"padded {size}", lambda found=found, expected=expected: same(found, expected, "length"))
