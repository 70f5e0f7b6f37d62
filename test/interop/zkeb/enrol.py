"""The three messages and six words of an enrolment (account.md §8)."""

from .errors import Refused
from .manifest import NUMBERS, SUITES
from .pae import check_label, pae, read_pae, read_u64, sha256, sized, u64
from .public import PublicIdentity, encoded
from .words import words

LARGEST = 8192
REQUEST, ANSWER, REVEAL = "zkeb/enrol/request/v1", "zkeb/enrol/answer/v1", "zkeb/enrol/reveal/v1"


def messages(new, active, account_id, counter, digest, nonce_new, nonce_active):
    """Every value on the way. `new` and `active` are identities."""
    commitment = sha256(pae("zkeb/enrol/commit/v1", new.fingerprint, nonce_new))
    point = (account_id, u64(counter), digest)
    transcript = pae("zkeb/enrol/v1", active.fingerprint, new.fingerprint, *point, nonce_active, nonce_new)
    return {
        "commitment": commitment,
        "request": pae(REQUEST, new.suite.name, *encoded(new), commitment),
        "answer": pae(ANSWER, active.suite.name, *encoded(active), *point, nonce_active),
        "reveal": pae(REVEAL, nonce_new),
        "hash": sha256(transcript),
        "words": words(sha256(transcript), 6),
    }


def _pieces(data, label, count):
    if len(data) > LARGEST:
        raise Refused("LIMIT", "message")
    pieces = read_pae(data)
    check_label(pieces[0] if pieces else b"", label)
    if len(pieces) != count:
        raise Refused("FORMAT", "pieces")
    return pieces[1:]


def _identity(suite, encryption, signing):
    if suite not in [name.encode() for name in SUITES]:
        raise Refused("FORMAT", "suite")
    return PublicIdentity(suite.decode(), encryption, signing)


def read_request(data):
    """The new device's identity, and its commitment."""
    *identity, commitment = _pieces(data, REQUEST, 5)
    sized(commitment, 32)
    return _identity(*identity), commitment


def read_answer(data):
    """The active device's identity, account id, counter, digest and nonce."""
    suite, encryption, signing, account_id, counter, digest, nonce = _pieces(data, ANSWER, 8)
    for piece in (account_id, digest, nonce):
        sized(piece, 32)
    counter = read_u64(counter)
    if counter >= NUMBERS:
        raise Refused("LIMIT", "counter")
    return _identity(suite, encryption, signing), account_id, counter, digest, nonce


def read_reveal(data, request):
    """The nonce, which has to fit the request."""
    (nonce,) = _pieces(data, REVEAL, 2)
    new, commitment = read_request(request)
    if sha256(pae("zkeb/enrol/commit/v1", new.fingerprint, sized(nonce, 32))) != commitment:
        raise Refused("SIGNATURE", "commitment")
    return nonce
