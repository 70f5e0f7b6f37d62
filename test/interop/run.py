#!/usr/bin/python3
"""Opens every vector of spec/vectors that it can: python3 test/interop/run.py SPEC_VECTORS_DIR"""

import base64
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))

import accounts  # noqa: E402
import backups  # noqa: E402
import shares  # noqa: E402
import syncs  # noqa: E402
from report import Report, same  # noqa: E402
from zkeb import envelope, grant, jcs, keys, keytext, passphrase, stream  # noqa: E402
from zkeb.header import ABSENT  # noqa: E402
from zkeb.pae import pae, sha256  # noqa: E402
from zkeb.suites import PQ, X25519  # noqa: E402


def same_steps(steps, expected):
    for name, value in expected.items():
        same(steps[name].hex(), value, f"step {name}")


def associated_data(case):
    return case.get("associatedData", ABSENT)


def read_shape(shape, data):
    if shape == "binary":
        return envelope.from_binary(base64.b64decode(data))
    if shape == "rows":
        recipients = [{**r, "fingerprint": bytes.fromhex(r["fingerprint"])} for r in data["recipients"]]
        return envelope.from_rows({"envelope": data["envelope"], "recipients": recipients})
    return envelope.from_json(data if shape == "jsonText" else json.dumps(data))


class Identities:
    """Parses the private keys of a file, each once and only when it is wanted."""

    def __init__(self, texts):
        self.texts = texts
        self.parsed = {}

    def __getitem__(self, name):
        if name is None:
            return None
        if name == "unsigned":
            return envelope.UNSIGNED
        if name not in self.parsed:
            self.parsed[name] = keys.parse_secret(self.texts[name])
        return self.parsed[name]


def envelopes(report, vectors, _):
    people = Identities({name: one["secret"] for name, one in vectors["identities"].items()})
    for name, one in vectors["identities"].items():

        def fingerprints(name=name, one=one):
            found = people[name]
            same(found.encryption.fingerprint.hex(), one["encryptionFingerprint"], "encryption")
            same(found.signing.fingerprint.hex(), one["signingFingerprint"], "signing")
            same(found.fingerprint.hex(), one["fingerprint"], "identity")

        report.case(f"identity {name}", fingerprints)
    for case in vectors["positive"]:
        for shape in ("json", "binary", "rows"):
            for reader in case["recipients"]:

                def opens(case=case, shape=shape, reader=reader):
                    read = read_shape(shape, case[shape])
                    same(read, read_shape("json", case["json"]), "the shapes")
                    opened = envelope.open_envelope(
                        read, people[reader], people[case["sender"]], case.get("now", vectors["now"]), associated_data(case)
                    )
                    same(opened.plaintext, base64.b64decode(case["plaintext"]), "plaintext")
                    same_steps(opened.steps, {**case["steps"], "cek": case["cek"]})

                report.case(f"{case['name']}, {shape}, as {reader}", opens)
    for case in vectors["otherTexts"]:

        def agrees(case=case):
            read = read_shape(case["shape"], case["input"])
            same(read, read_shape("binary", case["binary"]), "the shapes")
            opened = envelope.open_envelope(read, people[case["as"]], people[case["from"]], vectors["now"])
            same(opened.plaintext, base64.b64decode(case["plaintext"]), "plaintext")

        report.case(case["name"], agrees)
    for case in vectors["negative"]:

        def opens(case=case):
            read = read_shape(case["shape"], case["input"])
            envelope.open_envelope(read, people[case["as"]], people[case["from"]], case["now"], associated_data(case))

        report.refusal(f"{case['name']}, {case['shape']}", case["code"], opens)


def streams(report, vectors, directory):
    identities = json.loads((directory / "envelope.json").read_text())["identities"]
    people = Identities({name: one["secret"] for name, one in identities.items()})

    def open_as(case, reader, sender, now):
        plaintext = bytes((31 * i + i // 256) % 256 for i in range(case["size"]))
        released = bytearray()

        def release(part):
            released.extend(part)
            if not plaintext.startswith(bytes(released)):
                raise AssertionError("released what is not a beginning of the plaintext")

        data = base64.b64decode(case["stream"])
        steps = stream.open_stream(data, people[reader], people[sender], now, release, associated_data(case))
        same(bytes(released), plaintext, "plaintext")
        return steps

    for case in vectors["positive"]:
        for reader in case["recipients"]:
            report.case(
                f"{case['name']}, as {reader}",
                lambda case=case, reader=reader: same_steps(
                    open_as(case, reader, case["sender"], vectors["now"]), case["steps"]
                ),
            )
    for case in vectors["negative"]:
        report.refusal(
            case["name"], case["code"], lambda case=case: open_as(case, case["as"], case["from"], case["now"])
        )


def grants(report, vectors, _):
    suites = {suite: Identities(texts) for suite, texts in vectors["identities"].items()}

    def open_as(case, reader, grantor, now):
        people = suites[case["suite"]]
        given = case["grant"]
        return grant.open_with_grant(
            envelope.from_json(json.dumps(case["envelope"])),
            grant.from_json(given if isinstance(given, str) else json.dumps(given)),
            passphrase.Passphrase(case["passphrase"]) if "passphrase" in case else people[reader],
            people["alice"],
            people[grantor],
            now,
            associated_data(case),
        )

    def opens(case):
        opened = open_as(case, "carol", "bob", vectors["now"])
        same(opened.plaintext, b"hello", "plaintext")
        same_steps(opened.steps, case["steps"])

    for case in vectors["positive"]:
        report.case(case["name"], lambda case=case: opens(case))
    for case in vectors["negative"]:
        report.refusal(
            case["name"], case["code"], lambda case=case: open_as(case, case["as"], case["grantor"], case["now"])
        )


def unsigned(report, vectors, _):
    people = Identities(vectors["identities"])

    def open_as(shape, data, case, sender):
        return envelope.open_envelope(
            read_shape(shape, data), people["bob"], people[sender], vectors["now"], associated_data(case)
        )

    def opens(case, shape):
        opened = open_as(shape, case[shape], case, "unsigned")
        same(opened.plaintext, b"hello", "plaintext")
        same_steps(opened.steps, case["steps"])

    for case in vectors["positive"]:
        for shape in ("json", "binary"):
            report.case(f"{case['name']}, {shape}", lambda case=case, shape=shape: opens(case, shape))
    for case in vectors["negative"]:
        report.refusal(
            case["name"], case["code"], lambda case=case: open_as("json", case["json"], case, case["from"])
        )


def passphrases(report, vectors, _):
    people = Identities(vectors["identities"])

    def open_with(case):
        reader = passphrase.Passphrase(case["passphrase"])
        read = read_shape("json", case["json"])
        return reader, envelope.open_envelope(read, reader, people[case.get("from", "alice")], vectors["now"])

    def opens(case):
        reader, opened = open_with(case)
        same(opened.plaintext, b"hello", "plaintext")
        expected = case["steps"]
        if "spki" not in expected:  # X-Wing
            key = passphrase.key_from_seed(PQ, reader.seed)
            return same_steps({"seed": reader.seed, "fingerprint": key.fingerprint}, expected)
        key = passphrase.key_from_seed(X25519, reader.seed)
        steps = {"seed": reader.seed, "secretKey": key.secret, "spki": key.spki, "fingerprint": key.fingerprint}
        same_steps(steps, expected)

    for case in vectors["positive"]:
        report.case(case["name"], lambda case=case: opens(case))
    for case in vectors["negative"]:
        report.refusal(case["name"], case["code"], lambda case=case: open_with(case))


def encodings(report, vectors, _):
    for i, case in enumerate(vectors["cases"]):
        pieces = map(bytes.fromhex, case["pieces"])
        report.case(f"case {i}", lambda case=case, pieces=pieces: same(pae(*pieces).hex(), case["pae"], "pae"))


def canonical_json(report, vectors, _):
    for case in vectors["cases"]:
        report.case(
            case["text"], lambda case=case: same(jcs.jcs(jcs.parse(case["text"])).hex(), case["jcs"], "jcs")
        )
    for text in vectors["refused"]:
        report.refusal(text[:40], "FORMAT", lambda text=text: jcs.parse(text))


def fingerprints(report, vectors, _):
    for i, case in enumerate(vectors["cases"]):

        def hashes(case=case):
            encryption, signing = (sha256(base64.b64decode(case[n])) for n in ("encryptionSpki", "signingSpki"))
            same(encryption.hex(), case["encryptionFingerprint"], "encryption")
            same(signing.hex(), case["signingFingerprint"], "signing")
            same(sha256(pae("zkeb/identity/v1", encryption, signing)).hex(), case["fingerprint"], "identity")

        report.case(f"case {i}", hashes)


def key_texts(report, vectors, _):
    for case in vectors["positive"]:
        report.case(
            case["name"],
            lambda case=case: same(
                keytext.fingerprint(case["kind"], case["input"]).hex(), case["fingerprint"], "identity"
            ),
        )
    for case in vectors["negative"]:
        report.refusal(case["name"], "KEY", lambda case=case: keytext.fingerprint(case["kind"], case["input"]))


def armored(report, vectors, _):
    binary = base64.b64decode(vectors["binary"])
    for case in [{"name": "as written", "text": vectors["text"]}, *vectors["accepted"]]:
        report.case(case["name"], lambda case=case: same(keytext.dearmor(case["text"]), binary, "binary form"))
    for case in vectors["refused"]:
        report.refusal(case["name"], "FORMAT", lambda case=case: keytext.dearmor(case["text"]))


FILES = {
    "pae.json": encodings,
    "jcs.json": canonical_json,
    "fingerprint.json": fingerprints,
    "envelope.json": envelopes,
    "unsigned.json": unsigned,
    "grant.json": grants,
    "passphrase.json": passphrases,
    "stream.json": streams,
    "key.json": key_texts,
    "armor.json": armored,
    "manifest.json": accounts.manifests,
    "account.json": accounts.accounts,
    "backup.json": backups.backups,
    "sync.json": syncs.syncs,
    "raw-shamir.json": shares.raw,
    "recovery.json": shares.recovery_shares,
}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: run.py SPEC_VECTORS_DIR")
    directory = pathlib.Path(sys.argv[1])
    unread = sorted({path.name for path in directory.glob("*.json")} - FILES.keys())
    passed = failed = 0
    for name, test in FILES.items():
        report = Report(name)
        test(report, json.loads((directory / name).read_text()), directory)
        report.print()
        passed += report.passed
        failed += len(report.failures)
    for name in unread:
        report = Report(name)
        report.skipped.append("no reader for this file")
        report.print()
    print(f"interop: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
