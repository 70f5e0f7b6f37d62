import { curves, postQuantum } from '#backend'
import { type Bytes, concatBytes, equalBytes, wipe } from '../bytes'
import { backend } from '../crypto/current'
import { derBytes, KEY_FORMS, unwrapKeyBytes, wrapKeyBytes } from '../crypto/key-forms'
import type { MlDsaKey, PlatformKey, PlatformKeyPair, RawKey } from '../crypto/platform'
import { PAE_LENGTH_BYTES, pae } from '../encoding/pae'
import { readHandle, toPkcs8, toSpki } from './curve-keys'
import { ED25519_SIGNATURE_BYTES, isAcceptablePoint, verifyEd25519 } from './ed25519'
import { rawKey, readRawKey } from './raw-key'
import { refused } from './refused'
import type { CompositeKey, KeyHandle, PrivatePart, PublicPart, PurposeKeys } from './suite'

const COMPOSITE = 'Ed25519+ML-DSA-65'
const ML_DSA = 'ML-DSA-65'
const ML_DSA_SIGNATURE_BYTES = 3309

/** Expanding a seed costs more than using it. */
const expanded = new WeakMap<KeyHandle, Promise<MlDsaKey>>()

/** Ed25519 and ML-DSA-65, used as one key (spec/envelope.md §2.3). */
export const compositeKeys: PurposeKeys = {
  async generate(extractable) {
    const seed = backend().randomBytes(KEY_FORMS[ML_DSA].private.keyBytes)
    return assemble(await curves.generate('Ed25519', extractable), seed, extractable)
  },

  async importPublic(bytes) {
    const [point, key] = split(bytes, 'public')
    const half = rawKey(ML_DSA, key, { type: 'public', extractable: true })
    return toPublicPart(await curves.importPublic('Ed25519', point), half)
  },

  async importPrivate(bytes, extractable) {
    const [secret, seed] = split(bytes, 'private')
    const pair = await curves.importPrivate('Ed25519', secret, extractable)
    wipe(secret)
    return assemble(pair, seed, extractable)
  },

  async adoptPair({ publicKey, privateKey }) {
    const [edPublic, mlDsaPublic] = readHalves(publicKey, 'public')
    const keys = readHalves(privateKey, 'private')
    const extractable = keys.every((key) => key.extractable)
    return {
      public: await toPublicPart(edPublic, mlDsaPublic),
      handle: composite(keys, { type: 'private', extractable }),
    }
  },

  async exportPrivate(handle) {
    const [ed25519, mlDsa] = halvesOf(handle)
    return pae([
      await toPkcs8('Ed25519', ed25519),
      wrapKeyBytes(KEY_FORMS[ML_DSA].private, mlDsa.bytes),
    ])
  },
}

/** 64 ‖ 3309 bytes. */
export async function signComposite(handle: KeyHandle, message: Bytes): Promise<Bytes> {
  const [ed25519, mlDsa] = halvesOf(handle)
  const { sign } = await mlDsaKey(mlDsa)
  return concatBytes(await curves.sign(ed25519, message), sign(message))
}

/** True where both signatures are good. */
export async function verifyComposite(
  handle: KeyHandle,
  message: Bytes,
  signature: Bytes,
): Promise<boolean> {
  if (signature.length !== ED25519_SIGNATURE_BYTES + ML_DSA_SIGNATURE_BYTES) return false
  const [ed25519, mlDsa] = halvesOf(handle)
  const first = signature.slice(0, ED25519_SIGNATURE_BYTES)
  const { verify } = await postQuantum()
  return (
    (await verifyEd25519(ed25519, message, first)) &&
    verify(mlDsa.bytes, message, signature.slice(ED25519_SIGNATURE_BYTES))
  )
}

async function assemble(
  { publicKey, privateKey }: PlatformKeyPair,
  seed: Bytes,
  extractable: boolean,
): Promise<PrivatePart> {
  const mlDsa = rawKey(ML_DSA, seed, { type: 'private', extractable })
  const { publicKey: bytes } = await mlDsaKey(mlDsa)
  const half = rawKey(ML_DSA, bytes, { type: 'public', extractable: true })
  return {
    public: await toPublicPart(publicKey, half),
    handle: composite([privateKey, mlDsa], { type: 'private', extractable }),
  }
}

async function toPublicPart(ed25519: PlatformKey, mlDsa: RawKey): Promise<PublicPart> {
  const point = await curves.exportKey(ed25519)
  if (!isAcceptablePoint(point)) throw refused('Ed25519', 'a point of small order or not reduced')
  const encoded = pae([
    toSpki('Ed25519', point),
    wrapKeyBytes(KEY_FORMS[ML_DSA].public, mlDsa.bytes),
  ])
  const handle = composite([ed25519, mlDsa], { type: 'public', extractable: true })
  return { encoded, hashed: encoded, handle, type: COMPOSITE }
}

type Halves = readonly [ed25519: PlatformKey, mlDsa: RawKey]

function composite(keys: Halves, use: Pick<RawKey, 'type' | 'extractable'>): CompositeKey {
  return { ...use, algorithm: { name: COMPOSITE }, keys }
}

/** Of a handle that this file made. */
function halvesOf(handle: KeyHandle): Halves {
  return (handle as CompositeKey).keys as Halves
}

/** Of a handle that was stored. Throws `KEY`. */
function readHalves(handle: KeyHandle | undefined, type: RawKey['type']): Halves {
  const [ed25519, mlDsa] = (handle as Partial<CompositeKey> | undefined)?.keys ?? []
  const { keyBytes: length } = KEY_FORMS[ML_DSA][type]
  return [readHandle('Ed25519', ed25519, type), readRawKey(ML_DSA, mlDsa, { type, length })]
}

function mlDsaKey(handle: RawKey): Promise<MlDsaKey> {
  const known = expanded.get(handle)
  if (known) return known
  const made = postQuantum().then(({ mlDsa65 }) => mlDsa65(handle.bytes))
  expanded.set(handle, made)
  return made
}

/** The two keys in PAE[first, second] (§9). Throws `KEY` unless the bytes are exactly that. */
function split(bytes: Bytes, type: RawKey['type']): [Bytes, Bytes] {
  const first = KEY_FORMS.Ed25519[type]
  const second = KEY_FORMS[ML_DSA][type]
  const start = 2 * PAE_LENGTH_BYTES
  const middle = start + derBytes(first)
  const a = unwrapKeyBytes(first, bytes.subarray(start, middle))
  const b = unwrapKeyBytes(second, bytes.subarray(middle + PAE_LENGTH_BYTES))
  if (a && b && equalBytes(pae([wrapKeyBytes(first, a), wrapKeyBytes(second, b)]), bytes)) {
    return [a, b]
  }
  throw refused(COMPOSITE, 'not the two keys it is made of')
}
