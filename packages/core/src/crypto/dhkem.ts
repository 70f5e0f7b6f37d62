import { curves } from '#backend'
import { type Bytes, concatBytes, utf8, wipe } from '../bytes'
import { backend } from './current'
import { type Kem, labelled, u16 } from './hpke'
import type { PlatformKey } from './platform'

export interface DhKey {
  readonly privateKey: PlatformKey
  /** 32 bytes. */
  readonly publicKey: Bytes
}

const KEM_ID = 0x0020
/** RFC 9180 §7.1: Nsecret, Npk, Nenc and Nsk. */
const KEY_BYTES = 32
const NOTHING = /*#__PURE__*/ new Uint8Array(0)

/** DHKEM(X25519, HKDF-SHA256) of RFC 9180 §4.1. */
export const dhkem: Kem<DhKey> = {
  id: KEM_ID,
  encapsulationBytes: KEY_BYTES,

  async encapsulate(publicKey) {
    const scalar = backend().randomBytes(KEY_BYTES)
    const { publicKey: encapsulation, agree } = await curves.x25519(scalar)
    const dh = await agree(publicKey)
    wipe(scalar)
    return dh && { encapsulation, secret: await deriveSecret(dh, encapsulation, publicKey) }
  },

  async decapsulate({ privateKey, publicKey }, encapsulation) {
    const dh = await curves.agree(privateKey, encapsulation)
    return dh && deriveSecret(dh, encapsulation, publicKey)
  },
}

/** DeriveKeyPair of RFC 9180 §7.1.3, as far as the scalar: 32 bytes of `ikm`, which has at least as many. */
export async function deriveScalar(ikm: Bytes): Promise<Bytes> {
  const { extract, expand } = labelled(suiteId())
  const prk = await extract(NOTHING, 'dkp_prk', ikm)
  const scalar = await expand(prk, 'sk', NOTHING, KEY_BYTES)
  wipe(prk)
  return scalar
}

/** ExtractAndExpand of RFC 9180 §4.1. */
async function deriveSecret(dh: Bytes, encapsulation: Bytes, publicKey: Bytes): Promise<Bytes> {
  const { extract, expand } = labelled(suiteId())
  const prk = await extract(NOTHING, 'eae_prk', dh)
  const context = concatBytes(encapsulation, publicKey)
  const secret = await expand(prk, 'shared_secret', context, KEY_BYTES)
  wipe(dh, prk)
  return secret
}

function suiteId(): Bytes {
  return concatBytes(utf8('KEM'), u16(KEM_ID))
}
