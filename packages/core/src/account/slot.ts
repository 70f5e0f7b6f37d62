import { type Bytes, isBytes, u64, uuidToBytes, wipe } from '../bytes'
import { SEED_BYTES } from '../constants'
import { openContent, sealContent } from '../content/chunked'
import { backend } from '../crypto/current'
import { hkdf } from '../crypto/hkdf'
import { pae } from '../encoding/pae'
import { PaeReader } from '../encoding/pae-reader'
import { randomUuid } from '../encoding/uuid'
import { malformed, ZkebError } from '../errors'
import type { Identity } from '../keys/identity'
import { identityFromSeeds, SEED_SUITES, type SeedSuite } from '../keys/seeds'
import {
  MAX_PARAMETERS_BYTES,
  MAX_SLOT_BYTES,
  SEALED_SEED_BYTES,
  SLOT_LABEL,
  SLOT_SEED_LABELS,
} from './constants'
import { readCounter } from './counter'
import { SLOT_KINDS, type SlotKind } from './entries'
import { findKek, kindOf, makeKek, type SlotSecret, type UnlockSecret } from './slot-kek'

const WHAT = 'a stored slot'

/** What a stored slot says of itself in the clear. Nothing of it is to be believed before the slot is open. */
export interface SlotSummary {
  /** UUID, lower case. */
  readonly id: string
  readonly kind: SlotKind
  /** Of a passphrase its function, of a passkey what the program keeps, of a recovery secret the setId. */
  readonly parameters: Bytes
  readonly suite: SeedSuite
}

/** A stored slot as it was read. */
export interface SealedSlot extends SlotSummary {
  readonly sealed: Bytes
}

/** The manifest that introduces a slot: the least that its reader may expect of the chain. */
interface SlotPlace {
  /** 32 bytes. */
  readonly accountId: Bytes
  readonly counter: number
  /** 32 bytes. */
  readonly digest: Bytes
}

/** A slot that is open. */
export interface OpenSlot extends SlotSummary {
  readonly identity: Identity
  readonly place: SlotPlace
}

/** A slot that is being made. */
export interface NewSlot extends SlotSummary {
  readonly identity: Identity
  /** The stored slot. Once only: wipes the seed. */
  seal(place: SlotPlace): Promise<Bytes>
  /** Where nothing comes of it. */
  wipe(): void
}

/** A slot for a secret, with a fresh seed. Throws as makeKek() does. spec/account.md §3. */
export async function createSlot(secret: SlotSecret, suite: SeedSuite): Promise<NewSlot> {
  const id = randomUuid()
  const { key, ...head } = await makeKek(secret, id)
  const summary: SlotSummary = { id, ...head, suite }
  const seed = backend().randomBytes(SEED_BYTES)
  const end = () => wipe(seed, key)
  const seal = async ({ accountId, counter, digest }: SlotPlace) => {
    const plaintext = pae([seed, accountId, u64(counter), digest])
    try {
      const content = { inputKey: key, context: pae(piecesOf(summary)) }
      const { message } = await sealContent(content, plaintext)
      return pae([...piecesOf(summary), message])
    } finally {
      wipe(plaintext)
      end()
    }
  }
  return { ...summary, identity: await slotIdentity(seed, summary), seal, wipe: end }
}

/**
 * Opens a stored slot. Throws `FORMAT` and `VERSION` for what is none, `LIMIT` for a passphrase's function out of bounds; one and the same
 * `OPEN` for a wrong secret and a changed slot.
 */
export async function openSlot(stored: Uint8Array, secret: UnlockSecret): Promise<OpenSlot> {
  return unsealSlot(readSlot(stored), secret)
}

/** The same of a slot that has been read. */
export async function unsealSlot(
  { sealed, ...summary }: SealedSlot,
  secret: UnlockSecret,
): Promise<OpenSlot> {
  const { id: slotId, parameters } = summary
  if (kindOf(secret) !== summary.kind) throw cannotOpenSlot()
  const inputKey = await findKek(secret, { slotId, parameters })
  const plaintext = await openContent(
    { inputKey, context: pae(piecesOf(summary)) },
    sealed,
  ).finally(() => wipe(inputKey))
  const { seed, place } = readSeed(plaintext)
  const identity = await slotIdentity(seed, summary).finally(() => wipe(seed))
  return { ...summary, identity, place }
}

/** What a stored slot says in the clear. Throws `FORMAT` and `VERSION`. */
export function inspectSlot(stored: Uint8Array): SlotSummary {
  const { sealed: _, ...summary } = readSlot(stored)
  return summary
}

/** A stored slot, copied. Throws `FORMAT` and `VERSION`. */
export function readSlot(stored: Uint8Array): SealedSlot {
  if (!isBytes(stored)) throw new TypeError('slots: Uint8Arrays')
  if (stored.length > MAX_SLOT_BYTES) throw malformed(WHAT)
  const reader = new PaeReader(stored, { what: WHAT, label: SLOT_LABEL, pieces: 5 })
  const slot = {
    id: reader.uuid(),
    kind: reader.word(SLOT_KINDS),
    parameters: reader.bytes(),
    suite: reader.word(SEED_SUITES),
    sealed: reader.bytes(SEALED_SEED_BYTES),
  }
  if (slot.parameters.length > MAX_PARAMETERS_BYTES) throw malformed(WHAT)
  return slot
}

/** Wipes the plaintext. Whoever sealed it knew the secret: what is malformed here is no attack. */
function readSeed(plaintext: Bytes): { readonly seed: Bytes; readonly place: SlotPlace } {
  const reader = new PaeReader(plaintext, { what: WHAT, pieces: 4 })
  wipe(plaintext)
  const [seed, accountId] = [reader.bytes(SEED_BYTES), reader.digest()]
  const counter = readCounter(reader, WHAT)
  return { seed, place: { accountId, counter, digest: reader.digest() } }
}

/** §3: what follows from a seed. */
async function slotIdentity(
  seed: Bytes,
  { id, suite }: Pick<SlotSummary, 'id' | 'suite'>,
): Promise<Identity> {
  return identityFromSeeds(suite, (use) =>
    hkdf(seed, pae([SLOT_SEED_LABELS[use], uuidToBytes(id)])),
  )
}

/** All of a stored slot but the sealed seed: these pieces are its context. */
function piecesOf({ id, kind, parameters, suite }: SlotSummary) {
  return [SLOT_LABEL, uuidToBytes(id), kind, parameters, suite]
}

/** One and the same, whatever is wrong. */
export function cannotOpenSlot(): ZkebError {
  return new ZkebError('OPEN', 'the slot cannot be opened', {
    hint: 'wrong passphrase, recovery secret or passkey, or the slot was altered',
  })
}
