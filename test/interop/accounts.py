"""The cases of manifest.json and account.json."""

import base64

from zkeb.manifest import Chain, accepted, read_manifest
from zkeb.pae import pae

from report import same


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
