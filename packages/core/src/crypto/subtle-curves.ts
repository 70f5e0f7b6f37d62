import { type Bytes, wipe } from '../bytes'
import { KEY_FORMS, wrapKeyBytes } from './key-forms'
import type { Curve, Curves } from './platform'

const KEY_BYTES = 32
const USAGES: Record<Curve, { readonly private: KeyUsage[]; readonly public: KeyUsage[] }> = {
  X25519: { private: ['deriveBits'], public: [] },
  Ed25519: { private: ['sign'], public: ['verify'] },
}

/** The part of {@link Curves} that makes, reads and writes keys. */
export type CurveKeys = Pick<Curves, 'generate' | 'importPrivate' | 'importPublic' | 'exportKey'>

/** Keys of both curves as CryptoKeys, by a SubtleCrypto that has them. `subtle` is asked at every use. */
export function subtleCurveKeys(subtle: () => SubtleCrypto): CurveKeys {
  return {
    generate(curve, extractable) {
      const { private: privateUsages, public: publicUsages } = USAGES[curve]
      const usages = [...privateUsages, ...publicUsages]
      return subtle().generateKey(curve, extractable, usages) as Promise<CryptoKeyPair>
    },
    async importPrivate(curve, secret, extractable) {
      const load = (as: boolean) => importScalar(subtle(), { curve, secret, extractable: as })
      // The public half is only to be had from a JWK, and that only from an extractable key.
      const exportable = await load(true)
      const { kty, crv, x } = await subtle().exportKey('jwk', exportable)
      const half = { kty, crv, x } as JsonWebKey
      return {
        publicKey: await subtle().importKey('jwk', half, curve, true, USAGES[curve].public),
        privateKey: extractable ? exportable : await load(false),
      }
    },
    importPublic: (curve, point) =>
      subtle().importKey('raw', point, curve, true, USAGES[curve].public),
    async exportKey(key) {
      const format = key.type === 'private' ? 'pkcs8' : 'raw'
      const exported = new Uint8Array(await subtle().exportKey(format, key as CryptoKey))
      const bytes = exported.slice(-KEY_BYTES)
      wipe(exported)
      return bytes
    },
  }
}

/** A private key of its 32 bytes; WebCrypto takes these only inside PKCS#8. */
export async function importScalar(
  subtle: SubtleCrypto,
  key: { readonly curve: Curve; readonly secret: Bytes; readonly extractable: boolean },
): Promise<CryptoKey> {
  const pkcs8 = wrapKeyBytes(KEY_FORMS[key.curve].private, key.secret)
  try {
    const usages = USAGES[key.curve].private
    return await subtle.importKey('pkcs8', pkcs8, key.curve, key.extractable, usages)
  } finally {
    wipe(pkcs8)
  }
}
