import { type Bytes, equalBytes } from '../bytes'
import type { RandomSource } from './backend'
import type { Curve, Curves, PlatformKey, RawKey } from './platform'
import { importScalar, subtleCurveKeys } from './subtle-curves'

const SECRET_BITS = 256
const POINT_BYTES = 32
/** WebKitGTK's generator fails at 1 in 128 keys: where either half begins with a zero byte. */
const GENERATE_TRIES = 6
/** The base points (RFC 7748 §4.1, RFC 8032 §5.1): their first byte, and all others. */
const BASE_POINT = { X25519: [9, 0], Ed25519: [0x58, 0x66] } as const

/**
 * X25519 and Ed25519 by WebCrypto. Where an engine lacks one of them (found out once, at its first use),
 * its keys are plain ones and the work is done in JavaScript, which is loaded only then. So it is with a single key that an
 * engine does not take: WebKitGTK's refuses PKCS#8 of secrets whose first byte is zero, 1 in 256.
 */
export function webcryptoCurves(subtle: () => SubtleCrypto, random: RandomSource): Curves {
  const nativeKeys = subtleCurveKeys(subtle)
  const found: Partial<Record<Curve, Promise<boolean>>> = {}
  const isNative = (curve: Curve) => (found[curve] ??= supports(subtle(), curve))
  const noble = async () => (await import('./noble-curves')).nobleCurves(random)
  const keysFor = async (curve: Curve) => ((await isNative(curve)) ? nativeKeys : noble())

  return {
    async generate(curve, extractable) {
      const keys = await keysFor(curve)
      for (let tries = GENERATE_TRIES; ; tries--) {
        try {
          return await keys.generate(curve, extractable)
        } catch (error) {
          if (tries === 1) throw error
        }
      }
    },
    async importPrivate(curve, secret, extractable) {
      const keys = await keysFor(curve)
      try {
        return await keys.importPrivate(curve, secret, extractable)
      } catch {
        return (await noble()).importPrivate(curve, secret, extractable)
      }
    },
    importPublic: async (curve, point) => (await keysFor(curve)).importPublic(curve, point),
    exportKey: async (key) => (isRaw(key) ? await noble() : nativeKeys).exportKey(key),
    async x25519(secret) {
      const key = (await isNative('X25519')) && (await ephemeralKey(subtle(), secret))
      if (!key) return (await noble()).x25519(secret)
      const publicKey = (await agree(subtle(), key, basePoint('X25519'))) as Bytes
      return { publicKey, agree: (point) => agree(subtle(), key, point) }
    },
    agree: async (key, point) =>
      isRaw(key) ? (await noble()).agree(key, point) : agree(subtle(), key, point),
    async sign(key, message) {
      if (isRaw(key)) return (await noble()).sign(key, message)
      return new Uint8Array(await subtle().sign('Ed25519', key, message))
    },
    verify: async (key, message, signature) =>
      isRaw(key)
        ? (await noble()).verify(key, message, signature)
        : subtle().verify('Ed25519', key, signature, message),
  }
}

/** Undefined where the engine does not take it. */
async function ephemeralKey(subtle: SubtleCrypto, secret: Bytes): Promise<CryptoKey | undefined> {
  const key = { curve: 'X25519', secret, extractable: false } as const
  return importScalar(subtle, key).catch(() => undefined)
}

async function agree(
  subtle: SubtleCrypto,
  key: CryptoKey,
  point: Bytes,
): Promise<Bytes | undefined> {
  try {
    const peer = await subtle.importKey('raw', point, 'X25519', false, [])
    const algorithm = { name: 'X25519', public: peer }
    const shared = new Uint8Array(await subtle.deriveBits(algorithm, key, SECRET_BITS))
    // Engines that follow older drafts give the zeros.
    return equalBytes(shared, new Uint8Array(shared.length)) ? undefined : shared
  } catch {
    return undefined
  }
}

function supports(subtle: SubtleCrypto, curve: Curve): Promise<boolean> {
  const usages: KeyUsage[] = curve === 'Ed25519' ? ['verify'] : []
  return subtle.importKey('raw', basePoint(curve), curve, false, usages).then(
    () => true,
    () => false,
  )
}

function basePoint(curve: Curve): Bytes {
  const [first, others] = BASE_POINT[curve]
  const point = new Uint8Array(POINT_BYTES).fill(others)
  point[0] = first
  return point
}

function isRaw(key: PlatformKey): key is RawKey {
  return 'bytes' in key
}
