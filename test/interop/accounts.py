"""The cases of manifest.json and account.json."""

import base64

from report import same
from zkeb import account, enrol, keys
from zkeb.manifest import Chain, accepted, read_manifest
from zkeb.pae import pae


def _pin(case):
    pin = case.get("pin")
    return pin and (pin["counter"], bytes.fromhex(pin["digest"]))


def manifests(report, vectors, _):
    chains = {}
    for case in vectors["positive"]:
        stored = chains[case["name"]] = [base64.b64decode(one["stored"]) for one in case["manifests"]]
        account_id = bytes.fromhex(case["accountId"])

        def steps(one):
            found = read_manifest(base64.b64decode(one["stored"]))
            for name, value in (
                ("body", found.body),
                ("digest", found.digest),
                ("signedMessage", found.signed_message),
                ("signature", found.signature),
            ):
                same(value.hex(), one[name], name)
            same(pae(found.body, found.signer, found.signature), base64.b64decode(one["stored"]), "stored")

        for i, one in enumerate(case["manifests"]):
            report.case(f"{case['name']}, manifest {i}", lambda one=one: steps(one))

            def reads(stored=stored, account_id=account_id, pin=(i, bytes.fromhex(one["digest"]))):
                same(len(Chain(stored, account_id, pin).manifests), len(stored), "manifests")

            report.case(f"{case['name']}, pinned at {i}", reads)
    for case in vectors["negative"]:

        def refused(case=case):
            stored = chains["x25519"][: case["keep"]] + [base64.b64decode(one) for one in case["next"]]
            account_id = case.get("accountId")
            Chain(stored, account_id and bytes.fromhex(account_id), _pin(case))

        report.refusal(case["name"], case["code"], refused)
    lists = vectors["revocationLists"]
    for case in lists["positive"] + lists["negative"]:

        def accepts(case=case):
            expected = {bytes.fromhex(b["id"].replace("-", "")): bytes.fromhex(b["digest"]) for b in case.get("accepted", [])}
            same(accepted(bytes.fromhex(case["list"]), bytes.fromhex(case["digest"])), expected, "accepted")

        report.case(f"revocation list: {case['name']}", accepts)


def _uuid(text):
    return bytes.fromhex(text.replace("-", ""))


def _secret(case):
    """Kind and secret."""
    kind = next(name for name in ("passphrase", "passkey", "recovery") if name in case)
    return kind, case[kind] if kind == "passphrase" else bytes.fromhex(case[kind])


def accounts(report, vectors, _):
    account_id = bytes.fromhex(vectors["accountId"])
    account_keys = {one["generation"]: bytes.fromhex(one["key"]) for one in vectors["keys"]}
    for one in vectors["keys"]:

        def derives(one=one):
            for label, value in {**one["derived"], account.COMMIT: one["commitment"]}.items():
                found = account.derived(label, account_keys[one["generation"]], account_id, one["generation"])
                same(found.hex(), value, label)

        report.case(f"keys of generation {one['generation']}", derives)
    _wraps(report, vectors["wraps"], account_id, account_keys)
    _sealed(report, vectors["sealed"], account_id, account_keys)
    _slots(report, vectors["slots"])
    _enrolments(report, vectors["enrolments"])
    _account(report, vectors["account"])


def _wraps(report, vectors, account_id, account_keys):
    def unwraps(case):
        fields = [bytes.fromhex(case[name]) for name in ("wrapped", "commitment")]
        by = account_keys[case["by"]]
        return account.unwrap_predecessor(fields[0], by, account_id, case["generation"], fields[1])

    for case in vectors["positive"]:

        def opens(case=case):
            by, g = case["by"], case["generation"]
            same(account.derived(account.WRAP, account_keys[by], account_id, by).hex(), case["inputKey"], "input key")
            same(account.wrap_context(account_id, g).hex(), case["context"], "context")
            same(unwraps(case), account_keys[g], "account key")

        report.case(case["name"], opens)
    for case in vectors["negative"]:
        report.refusal(case["name"], case["code"], lambda case=case: unwraps(case))


def _sealed(report, vectors, account_id, account_keys):
    def unseals(case):
        sealed, digest, commitment = (bytes.fromhex(case[name]) for name in ("sealed", "digest", "commitment"))
        holder = keys.parse_secret(case["holder"])
        return account.open_sealed_key(sealed, digest, holder, account_id, case["generation"], commitment)

    for case in vectors["positive"]:

        def opens(case=case):
            aad = account.sealed_aad(keys.parse_secret(case["holder"]), account_id, case["generation"])
            same(aad.hex(), case["aad"], "aad")
            same(unseals(case), account_keys[case["generation"]], "account key")

        report.case(f"sealed: {case['name']}", opens)
    for case in vectors["negative"]:
        report.refusal(f"sealed: {case['name']}", case["code"], lambda case=case: unseals(case))


def _slots(report, vectors):
    def open_slot(case):
        return account.open_slot(account.read_slot(base64.b64decode(case["stored"])), *_secret(case["secret"]))

    for case in vectors["positive"]:

        def opens(case=case):
            slot, opened = account.read_slot(base64.b64decode(case["stored"])), open_slot(case)
            same((slot.id, slot.kind, slot.suite), (_uuid(case["id"]), case["kind"], case["suite"]), "slot")
            same({name: value.hex() for name, value in opened.steps.items()}, case["steps"], "steps")
            for name in ("accountId", "digest"):
                same({"accountId": opened.account_id, "digest": opened.digest}[name].hex(), case[name], name)
            same(opened.counter, case["counter"], "counter")
            if case["kind"] == "passkey":
                same(account.prf_input(slot.id).hex(), case["secret"]["input"], "input")

        report.case(f"slot: {case['name']}", opens)
    for case in vectors["negative"]:
        report.refusal(f"slot: {case['name']}", case["code"], lambda case=case: open_slot(case))


def _enrolments(report, vectors):
    for case in vectors["positive"]:

        def enrols(case=case):
            new, active = (keys.parse_secret(case[name]) for name in ("newDevice", "activeDevice"))
            point = bytes.fromhex(case["accountId"]), case["counter"], bytes.fromhex(case["digest"])
            nonces = [bytes.fromhex(case[name]) for name in ("nonceN", "nonceO")]
            found = enrol.messages(new, active, *point, *nonces)
            for name in ("request", "answer", "reveal"):
                same(found[name], base64.b64decode(case[name]), name)
            for name in ("commitment", "hash"):
                same(found[name].hex(), case[name], name)
            same(found["words"], case["words"], "words")
            same(enrol.read_request(found["request"])[0].fingerprint, new.fingerprint, "new device")
            same(enrol.read_answer(found["answer"])[0].fingerprint, active.fingerprint, "active device")
            same(enrol.read_answer(found["answer"])[1:], (*point, nonces[1]), "answer")
            same(enrol.read_reveal(found["reveal"], found["request"]), nonces[0], "nonce")

        report.case(f"enrolment: {case['name']}", enrols)
    for case in vectors["negative"]:

        def refused(case=case):
            data = base64.b64decode(case["bytes"])
            if case["message"] == "request":
                enrol.read_request(data)
            elif case["message"] == "answer":
                enrol.read_answer(data)
            else:
                enrol.read_reveal(data, base64.b64decode(case["request"]))

        report.refusal(f"enrolment: {case['name']}", case["code"], refused)


def _record(record):
    return account.Record(
        [base64.b64decode(one) for one in record["manifests"]],
        [base64.b64decode(one) for one in record["slots"]],
        {(one["generation"], _uuid(one["holderId"])): base64.b64decode(one["sealed"]) for one in record["keys"]},
        {one["generation"]: base64.b64decode(one["wrapped"]) for one in record["wraps"]},
    )


def _account(report, vectors):
    account_id = bytes.fromhex(vectors["accountId"])
    pins = [(pin["counter"], bytes.fromhex(pin["digest"])) for pin in vectors["pins"]]
    recovery = bytes.fromhex(vectors["recovery"])

    def open_as(by, record, pin):
        if by in ("device", "stranger"):
            return account.open_by_device(record, keys.parse_secret(vectors[by]), account_id, pin)
        if by == "passphrase":
            return account.open_by_slot(record, "passphrase", "correct horse")
        secret = bytes(b ^ 1 for b in recovery) if by == "wrong secret" else recovery
        return account.open_by_slot(record, "recovery", secret)

    def opens(by, pin=None):
        found = open_as(by, _record(vectors["record"]), pin)
        same(len(found), len(vectors["derived"]), "generations")
        for g, expected in enumerate(vectors["derived"]):
            same({label: account.derived(label, found[g], account_id, g).hex() for label in expected}, expected, "keys")

    for pin in pins:
        report.case(f"account, as its device, pinned at {pin[0]}", lambda pin=pin: opens("device", pin))
    report.case("account, by its slot", lambda: opens("slot"))
    for case in vectors["negative"]:

        def refused(case=case):
            open_as(case["by"], _record({**vectors["record"], **case["change"]}), pins[case["pin"]])

        report.refusal(f"account: {case['name']}", case["code"], refused)
