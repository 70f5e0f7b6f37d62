"""The cases of raw-shamir.json and recovery.json."""

import json
from itertools import combinations

from report import same
from zkeb import keys, recovery, shamir
from zkeb.words import check_code, words


def raw(report, vectors, _):
    unhex = bytes.fromhex
    for case in vectors["positive"]:

        def splits(case=case):
            coefficients = [unhex(c) for c in case["coefficients"]]
            same(len(coefficients), case["threshold"] - 1, "coefficients")
            for x, share in enumerate(case["shares"], 1):
                found = shamir.value_at(x, unhex(case["secret"]), coefficients) + bytes([x])
                same(found.hex(), share, f"share {x}")

        report.case(f"{case['name']}: split", splits)
        for combination in case["combinations"]:

            def combines(case=case, combination=combination):
                xs = combination["xs"]
                shares = [unhex(case["shares"][x - 1]) for x in xs]
                found = shamir.weights(xs)
                same(bytes(found).hex(), combination["weights"], "weights")
                products = [shamir.scale(share[:-1], w).hex() for share, w in zip(shares, found)]
                same(products, combination["products"], "products")
                same(shamir.combine(shares).hex(), combination["result"], "result")

            report.case(f"{case['name']}: {combination['xs']}", combines)
    for case in vectors["negative"]:
        report.refusal(
            case["name"], case["code"], lambda case=case: shamir.combine([unhex(s) for s in case["shares"]])
        )


def recovery_shares(report, vectors, _):
    for case in vectors["sets"]:
        report.case(f"set {case['name']}", lambda case=case: _set(case))
    for case in vectors["single"]:
        report.case(case["name"], lambda case=case: _single(case))
    for case in vectors["lists"]:
        report.case(case["name"], lambda case=case: _list(case))
    for case in vectors["texts"]:
        report.case(
            case["name"], lambda case=case: same(recovery.read_text(case["text"]).hex(), case["share"], "share")
        )
    sealed = vectors["sealed"]
    alice, bob = (keys.parse_secret(sealed["identities"][name]) for name in ("alice", "bob"))

    def opens(envelope):
        ids = (bytes.fromhex(sealed[name]) for name in ("accountId", "setId"))
        return recovery.open_sealed(json.dumps(envelope), bob, alice, *ids, sealed["index"], sealed["now"])

    report.case("sealed", lambda: same(opens(sealed["json"]).hex(), sealed["share"], "share"))
    for case in sealed["negative"]:
        report.refusal(case["name"], case["code"], lambda case=case: opens(case["json"]))
        if "reason" in case:
            report.case(f"{case['name']}: reason", lambda case=case: _refused(case, lambda: opens(case["json"])))
    for case in vectors["codes"]:
        report.case(f"code {case['code']}", lambda case=case: _code(case))
        report.refusal(
            f"not the code {case['code']}",
            "CODE",
            lambda case=case: check_code(case["code"][:-1], bytes.fromhex(case["fingerprint"])),
        )


def _set(case):
    coefficients = [bytes.fromhex(c) for c in case["coefficients"]]
    t, n = case["threshold"], case["total"]
    found = recovery.make_set(bytes.fromhex(case["secret"]), coefficients, t, n, case["epoch"])
    for name in ("header", "confirm", "root", "setId"):
        same(found[name].hex(), case[name], name)
    for name in ("leaves", "shares"):
        same([x.hex() for x in found[name]], case[name], name)
    same([recovery.lines_of(share) for share in found["shares"]], case["lines"], "lines")
    same([recovery.qr_of(share) for share in found["shares"]], case["qr"], "qr")
    for share, lines, qr in zip(found["shares"], case["lines"], case["qr"]):
        same([recovery.read_text(text) for text in (lines, qr)], [share, share], "text")
    for some in list(combinations(found["shares"], t))[:50]:
        report, secret = recovery.check_shares(some, found["setId"])
        same(secret and secret.hex(), case["secret"], f"secret ({report})")


def _single(case):
    def reads():
        data = recovery.read_text(case["text"]) if "text" in case else bytes.fromhex(case["share"])
        recovery.read_share(data, "setId" in case and bytes.fromhex(case["setId"]) or None)

    _refused(case, reads)


def _refused(case, test):
    try:
        test()
    except recovery.BadShare as error:
        same(error.reason, case["reason"], "reason")
        same(error.lines, case.get("lines", []), "lines")
        return
    raise AssertionError("good")


def _list(case):
    pinned = bytes.fromhex(case["setId"]) if "setId" in case else None
    report, secret = recovery.check_shares([bytes.fromhex(share) for share in case["shares"]], pinned)
    expected = {name: case[name] for name in ("bad", "sets", "recovers", "have", "need") if name in case}
    same(report, expected, "report")
    same(secret and secret.hex(), case.get("secret"), "secret")


def _code(case):
    fingerprint = keys.parse_secret(case["line"]).fingerprint
    same(fingerprint.hex(), case["fingerprint"], "fingerprint")
    same(words(fingerprint, 10), case["code"], "code")
    check_code(f"  {case['code'].upper()} ".replace(" ", "  "), fingerprint)
