import { curves } from '#backend'
import { type Bytes, utf8, wipe } from '../bytes'
import { deriveScalar, dhkem } from '../crypto/dhkem'
import { hpkeOpen, hpkeSeal } from '../crypto/hpke'
import type { PlatformKey, PlatformKeyPair } from '../crypto/platform'
import { readHandle, readPair, readPoint, toJwk, toPkcs8, toSpki } from './curve-keys'
import { isAcceptablePoint, isReducedPoint, verifyEd25519 } from './ed25519'
import { refused } from './refused'
import type { PrivatePart, PublicPart, Purpose, SuiteKeys } from './suite'

const NAMES = { encryption: 'X25519', signing: 'Ed25519' } as const
const POINT_BYTES = 32

/** HPKE over DHKEM(X25519) and Ed25519 (spec/envelope.md §2.2). */
export const x25519Keys: SuiteKeys = {
  interchangeable: true,

  async generate(purpose, { extractable }) {
    return toPrivatePart(purpose, await curves.generate(NAMES[purpose], extractable))
  },

  async fromSeed(seed) {
    const scalar = await deriveScalar(seed)
    const pair = await curves.importPrivate('X25519', scalar, false)
    wipe(scalar)
    return toPrivatePart('encryption', pair)
  },

  async importPublic(purpose, material) {
    const point = readPoint(NAMES[purpose], material)
    // Before the engine sees it: Firefox does not import points of small order at all.
    await assertPoint(purpose, point)
    return toPublicPart(purpose, await curves.importPublic(NAMES[purpose], point))
  },

  async importPrivate(purpose, material, extractable) {
    return toPrivatePart(purpose, await readPair(NAMES[purpose], material, extractable))
  },

  async adoptPair(purpose, { publicKey, privateKey }) {
    return toPrivatePart(purpose, {
      publicKey: readHandle(NAMES[purpose], publicKey, 'public'),
      privateKey: readHandle(NAMES[purpose], privateKey, 'private'),
    })
  },

  exportPrivate: (purpose, handle) => toPkcs8(NAMES[purpose], handle as PlatformKey),
  exportJwk: (purpose, handle) => toJwk(NAMES[purpose], handle as PlatformKey),

  async wrap(key, plaintext, { info, aad }) {
    const context = { info: utf8(info), aad, plaintext }
    const wrapped = await hpkeSeal(dhkem, pointOf(key), context)
    if (wrapped) return wrapped
    throw refused('X25519', 'an unsafe point')
  },
  unwrap(key, sealed, { info, aad }) {
    const own = { privateKey: key.handle as PlatformKey, publicKey: pointOf(key.public) }
    return hpkeOpen(dhkem, own, { info: utf8(info), aad, sealed })
  },
  sign: async ({ handle }, message) => curves.sign(handle as PlatformKey, message),
  verify: ({ handle }, message, signature) =>
    verifyEd25519(handle as PlatformKey, message, signature),
}

async function toPrivatePart(
  purpose: Purpose,
  { publicKey, privateKey }: PlatformKeyPair,
): Promise<PrivatePart> {
  return { public: await toPublicPart(purpose, publicKey), handle: privateKey }
}

async function toPublicPart(purpose: Purpose, handle: PlatformKey): Promise<PublicPart> {
  const type = NAMES[purpose]
  const point = await curves.exportKey(handle)
  await assertPoint(purpose, point)
  const encoded = toSpki(type, point)
  return { encoded, hashed: encoded, handle, type }
}

async function assertPoint(purpose: Purpose, point: Bytes): Promise<void> {
  const acceptable =
    purpose === 'signing'
      ? isAcceptablePoint(point)
      : isReducedPoint(point) && (await dhkem.encapsulate(point))
  if (!acceptable) throw refused(NAMES[purpose], 'an unsafe point')
}

function pointOf({ encoded }: PublicPart): Bytes {
  return encoded.slice(-POINT_BYTES)
}
