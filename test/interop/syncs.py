"""The cases of sync.json."""

from report import same
from zkeb import keys, sync
from zkeb.pae import pae

unhex = bytes.fromhex


def _clock(given):
    return {unhex(device): count for device, count in given.items()}


def _hexed(clock):
    return {device.hex(): count for device, count in clock.items()}


def _version(given):
    return sync.Version(_clock(given["clock"]), given["lamport"], unhex(given["device"]), unhex(given["contentDigest"]))


def _checked(report, name, case, test):
    if "code" in case:
        report.refusal(name, case["code"], test)
    else:
        report.case(name, test)


def syncs(report, vectors, _):
    people = {name: keys.parse_secret(line) for name, line in vectors["identities"].items()}
    ids, manifests = [unhex(vectors[name]) for name in ("accountId", "scopeHash")], {unhex(vectors["manifest"])}
    records = [unhex(one["record"]) for one in vectors["chain"]]
    chain = sync.open_chain(records, *ids, people["alice"], manifests)
    _clocks(report, vectors)
    _decisions(report, vectors)
    for i, (one, found) in enumerate(zip(vectors["chain"], chain)):

        def steps(one=one, found=found, before=chain[i - 1].digest if i else None):
            floor = _clock(one["floor"])
            opt = b"\x01" + before if before else b"\x00"
            number = (i + 1).to_bytes(8, "big")
            body = pae(sync.COMPACTION, *ids, number, opt, sync.entries(floor), *manifests)
            same(body.hex(), one["body"], "body")
            same((found.body, found.floor), (body, floor), "record")
            same((found.digest.hex(), found.signed_message.hex()), (one["digest"], one["signedMessage"]), "steps")

        report.case(f"compaction {i + 1}", steps)
    for n in range(len(records) + 1):
        report.case(
            f"a chain of {n}",
            lambda n=n: same(len(sync.open_chain(records[:n], *ids, people["alice"], manifests)), n, "records"),
        )
    for case in vectors["stored"]:
        report.case(f"stored: {case['name']}", lambda case=case: _stored(case, chain[: case["known"]]))
    for case in vectors["versions"]:
        report.case(f"version: {case['name']}", lambda case=case: _encoded(case, chain[: case["known"]]))
    negative = vectors["negative"]
    for case in negative["versions"]:
        read = lambda case=case: sync.read_version(unhex(case["bytes"]), chain)  # noqa: E731
        report.refusal(f"version: {case['name']}", case["code"], read)
    for case in negative["stored"]:
        report.refusal(
            f"stored: {case['name']}", case["code"], lambda case=case: sync.restore_json(case["stored"], chain)
        )
    for case in negative["chains"]:

        def opens(case=case):
            signer = case["signer"] and people[case["signer"]]
            sync.open_chain([unhex(record) for record in case["records"]], *ids, signer, manifests)

        report.refusal(f"chain: {case['name']}", case["code"], opens)


def _clocks(report, vectors):
    for i, case in enumerate(vectors["clocks"]):

        def compares(case=case):
            a, b = _clock(case["a"]), _clock(case["b"])
            same(sync.compare(a, b), case["order"], "order")
            same([_hexed(sync.merge(a, b)), _hexed(sync.merge(b, a))], [case["merged"]] * 2, "merged")

        report.case(f"clocks {i}", compares)
    for i, case in enumerate(vectors["ticks"]):

        def ticks(case=case):
            same(_hexed(sync.tick(_clock(case["clock"]), unhex(case["device"]))), case.get("result"), "result")

        _checked(report, f"tick {i}", case, ticks)
    for i, case in enumerate(vectors["lamport"]):

        def times(case=case):
            own = case["own"]
            for received in case["received"]:
                own = sync.accept_time(own, received)
            same(sync.next_time(own), case.get("next"), "next")

        _checked(report, f"Lamport {i}", case, times)


def _decisions(report, vectors):
    for case in vectors["decisions"]:

        def decides(case=case):
            same(sync.reconcile(_version(case["local"]), _version(case["remote"])), case["decision"], "decision")

        is_code = case["decision"].isupper()
        _checked(report, case["name"], {"code": case["decision"]} if is_code else {}, decides)

    def ordered():
        versions = [_version(one) for one in vectors["display"]]
        same(sorted(reversed(versions), key=lambda v: v.place), versions, "order")

    report.case("display", ordered)


def _stored(case, chain):
    clock = _clock(case["clock"])
    digest, left = sync.prune(clock, chain)
    same({"entries": _hexed(left), **({"compaction": digest.hex()} if digest else {})}, case["stored"], "stored")
    same(sync.restore_json(case["stored"], chain), clock, "restored")


def _encoded(case, chain):
    version = _version(case["version"])
    same(sync.encode_version(version, chain).hex(), case["bytes"], "bytes")
    same(sync.read_version(unhex(case["bytes"]), chain), version, "version")
