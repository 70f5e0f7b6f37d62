import type { Bytes } from '../bytes'
import { backend } from '../crypto/current'
import {
  expandXWing,
  XWING_PUBLIC_BYTES,
  XWING_SEED_BYTES,
  type XWingKey,
  xWing,
} from '../crypto/x-wing'
import { pae } from '../encoding/pae'
import { rawKey, readRawKey } from './raw-key'
import { refused } from './refused'
import type { KeyHandle, PrivatePart, PublicPart, PurposeKeys } from './suite'

export const X_WING = 'X-Wing'
/** §2: first piece of what the fingerprint of a key without an SPKI is taken of. */
const KEY_LABEL = 'zkeb/key/v1'

/** Expanding a seed costs more than using it. */
const expanded = new WeakMap<KeyHandle, Promise<XWingKey>>()

/** X-Wing keys (spec/envelope.md §2.3): 32 bytes of seed, 1216 of public key. */
export const xWingKeys: PurposeKeys = {
  generate: async (extractable) => fromSeed(backend().randomBytes(XWING_SEED_BYTES), extractable),

  importPublic: (bytes) => toPublicPart(bytes),

  async importPrivate(bytes, extractable) {
    if (bytes.length !== XWING_SEED_BYTES) throw refused(X_WING, `not ${XWING_SEED_BYTES} bytes`)
    return fromSeed(bytes, extractable)
  },

  async adoptPair({ publicKey, privateKey }) {
    const half = readRawKey(X_WING, publicKey, { type: 'public', length: XWING_PUBLIC_BYTES })
    const expected = { type: 'private', length: XWING_SEED_BYTES } as const
    return {
      public: await toPublicPart(half.bytes),
      handle: readRawKey(X_WING, privateKey, expected),
    }
  },

  exportPrivate: async (handle) => seedOf(handle).slice(),
}

/** The expanded key, made once for each handle. */
export function xWingKey(handle: KeyHandle): Promise<XWingKey> {
  const known = expanded.get(handle)
  if (known) return known
  const made = expandXWing(seedOf(handle))
  expanded.set(handle, made)
  return made
}

export async function fromSeed(seed: Bytes, extractable: boolean): Promise<PrivatePart> {
  const handle = rawKey(X_WING, seed, { type: 'private', extractable })
  const { publicKey } = await xWingKey(handle)
  return { public: await toPublicPart(publicKey), handle }
}

async function toPublicPart(encoded: Bytes): Promise<PublicPart> {
  const acceptable = encoded.length === XWING_PUBLIC_BYTES && (await xWing.encapsulate(encoded))
  if (!acceptable) throw refused(X_WING, 'nothing can be encrypted to it')
  const handle = rawKey(X_WING, encoded, { type: 'public', extractable: true })
  const hashed = pae([KEY_LABEL, X_WING, handle.bytes])
  return { encoded: handle.bytes.slice(), hashed, handle, type: X_WING }
}

function seedOf(handle: KeyHandle): Bytes {
  return readRawKey(X_WING, handle, { type: 'private', length: XWING_SEED_BYTES }).bytes
}
