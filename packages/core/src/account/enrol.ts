import { type Bytes, equalBytes, isBytes, u64 } from '../bytes'
import { backend } from '../crypto/current'
import { pae } from '../encoding/pae'
import { PaeReader } from '../encoding/pae-reader'
import { toWords } from '../encoding/words'
import { assertPublic } from '../envelope/arguments'
import { tooLarge, ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'
import type { KeyringIdentity } from '../keys/keyring'
import { SUITE_NAMES } from '../suites/registry'
import type { Pin } from './chain'
import {
  ENROL_ANSWER_LABEL,
  ENROL_COMMIT_LABEL,
  ENROL_NONCE_BYTES,
  ENROL_REQUEST_LABEL,
  ENROL_REVEAL_LABEL,
  ENROL_WORDS,
  ENROL_WORDS_LABEL,
  MAX_ENROL_BYTES,
} from './constants'
import { readCounter } from './counter'
import { publicIdentity } from './holders'

/** Which account a device is to be enrolled in, and the newest manifest of it. */
export interface EnrolmentPlace {
  /** 32 bytes. */
  readonly accountId: Bytes
  readonly pin: Pin
}

/** The new device's side of an enrolment. */
export interface EnrolmentRequest {
  /** For the other device, e.g. as a QR code. */
  readonly request: Bytes
  /**
   * Takes the answer. Throws `FORMAT`, `VERSION`, `LIMIT` or `KEY` for what is none, and `REPLAYED` for a second one, whatever it is:
   * begin anew then.
   */
  accept(answer: Uint8Array): Promise<AcceptedAnswer>
}

/** What the new device has of an answer: to be believed once the user has compared the words. */
export interface AcceptedAnswer extends EnrolmentPlace {
  /** For the other device. */
  readonly reveal: Bytes
  /** Six words; both devices show the same. */
  readonly words: string
  /** The device that answered. */
  readonly device: PublicIdentity
}

/** The active device's side of an enrolment. */
export interface EnrolmentAnswer {
  /** For the new device. */
  readonly answer: Bytes
  /**
   * Takes what the new device reveals. Throws `FORMAT` or `VERSION` for what is no such thing, `SIGNATURE` where it is not what was committed to,
   * and `REPLAYED` for a second one, whatever it is: begin anew then.
   */
  accept(reveal: Uint8Array): Promise<AcceptedReveal>
}

/** What the active device has: `device` is for `amend`, once the user has compared the words. */
export interface AcceptedReveal {
  /** Six words; both devices show the same. */
  readonly words: string
  /** The new device. */
  readonly device: PublicIdentity
}

const WHAT = 'a message of an enrolment'

/** Begins to enrol this device, which is new or unconfirmed, in somebody's account. spec/account.md §8. */
export async function requestEnrolment(device: PublicIdentity): Promise<EnrolmentRequest> {
  assertPublic(device, 'device', 'encryption', 'signing')
  const nonce = backend().randomBytes(ENROL_NONCE_BYTES)
  const commitment = await commit(device, nonce)
  let isAnswered = false
  return {
    request: pae([ENROL_REQUEST_LABEL, ...piecesOf(device), commitment]),
    async accept(message) {
      const answer = await readAnswer(message)
      // The nonce is shown once: whoever saw it could choose another answer by it.
      if (isAnswered) throw again()
      isAnswered = true
      const { nonce: theirs, ...place } = answer
      const words = await wordsOf({ ...place, asked: device, nonces: [theirs, nonce] })
      return { ...place, reveal: pae([ENROL_REVEAL_LABEL, nonce]), words }
    },
  }
}

/**
 * Answers the request of another device, as an active one of the account: every {@link Account} fits. Throws `FORMAT`, `VERSION`, `LIMIT` or `KEY` for what is
 * none. spec/account.md §8.
 */
export async function answerEnrolment(
  request: Uint8Array,
  account: EnrolmentPlace & { readonly device: Pick<KeyringIdentity, 'public'> },
): Promise<EnrolmentAnswer> {
  const { accountId, pin, device: answering } = account ?? {}
  const device = answering?.public
  if (!accountId || !pin || !device) {
    throw new TypeError('account: an Account; one that was unlocked by a secret must join() first')
  }
  const { device: asked, commitment } = await readRequest(request)
  const nonce = backend().randomBytes(ENROL_NONCE_BYTES)
  const { counter, digest } = pin
  const pieces = [...piecesOf(device), accountId, u64(counter), digest, nonce]
  let isRevealed = false
  return {
    answer: pae([ENROL_ANSWER_LABEL, ...pieces]),
    async accept(message) {
      const theirs = readReveal(message)
      if (isRevealed) throw again()
      isRevealed = true
      if (!equalBytes(await commit(asked, theirs), commitment)) {
        throw new ZkebError('SIGNATURE', 'the other device committed to something else', {
          hint: 'begin anew; where it happens again somebody is in the middle',
        })
      }
      const place = { device, accountId, pin }
      return { device: asked, words: await wordsOf({ ...place, asked, nonces: [nonce, theirs] }) }
    },
  }
}

interface Transcript extends EnrolmentPlace {
  /** The active device. */
  readonly device: PublicIdentity
  readonly asked: PublicIdentity
  /** Of the active device, of the new one. */
  readonly nonces: readonly [Bytes, Bytes]
}

async function wordsOf({ device, asked, accountId, pin, nonces }: Transcript): Promise<string> {
  const { counter, digest } = pin
  const prints = [device.fingerprint, asked.fingerprint]
  const pieces = [ENROL_WORDS_LABEL, ...prints, accountId, u64(counter), digest, ...nonces]
  return toWords(await backend().sha256(pae(pieces)), ENROL_WORDS)
}

async function commit({ fingerprint }: PublicIdentity, nonce: Bytes): Promise<Bytes> {
  return backend().sha256(pae([ENROL_COMMIT_LABEL, fingerprint, nonce]))
}

function piecesOf({ suite, encryption, signing }: PublicIdentity) {
  return [suite, encryption.encoded, signing.encoded]
}

async function readRequest(message: Uint8Array) {
  const reader = messageReader(message, ENROL_REQUEST_LABEL, 4)
  return { device: await readDevice(reader), commitment: reader.digest() }
}

async function readAnswer(message: Uint8Array) {
  const reader = messageReader(message, ENROL_ANSWER_LABEL, 7)
  return {
    device: await readDevice(reader),
    accountId: reader.digest(),
    pin: { counter: readCounter(reader, WHAT), digest: reader.digest() },
    nonce: reader.digest(),
  }
}

function readReveal(message: Uint8Array): Bytes {
  return messageReader(message, ENROL_REVEAL_LABEL, 1).digest()
}

function messageReader(message: Uint8Array, label: string, pieces: number): PaeReader {
  if (!isBytes(message)) throw new TypeError('a message: a Uint8Array')
  if (message.length > MAX_ENROL_BYTES) throw tooLarge(WHAT)
  return new PaeReader(message, { what: WHAT, label, pieces })
}

function readDevice(reader: PaeReader): Promise<PublicIdentity> {
  const suite = reader.word(SUITE_NAMES)
  return publicIdentity({ suite, encryption: reader.bytes(), signing: reader.bytes() })
}

function again(): ZkebError {
  return new ZkebError('REPLAYED', 'an enrolment takes one message, once', {
    hint: 'begin the enrolment anew',
  })
}
