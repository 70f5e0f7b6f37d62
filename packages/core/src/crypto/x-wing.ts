import { curves, postQuantum } from '#backend'
import { type Bytes, concatBytes, utf8, wipe } from '../bytes'
import { backend } from './current'
import type { Kem } from './hpke'
import type { MlKemKey, X25519Key } from './platform'

/** A key whose seed has been expanded. */
export interface XWingKey {
  /** 1216 bytes: ML-KEM-768 ‖ X25519. */
  readonly publicKey: Bytes
  readonly mlKem: MlKemKey
  readonly x25519: X25519Key
}

/** draft-connolly-cfrg-xwing-kem §5, in bytes. */
export const XWING_SEED_BYTES = 32
export const XWING_PUBLIC_BYTES = 1216
const ML_KEM_SEED_BYTES = 64
const ML_KEM_PUBLIC_BYTES = 1184
const ML_KEM_CIPHERTEXT_BYTES = 1088
const ENCAPSULATION_BYTES = 1120
const POINT_BYTES = 32
const KEM_ID = 0x647a
/** §5.3, the last piece of what is hashed: \./ over /^\. */
const LABEL = '\\.//^\\'

/** X-Wing: ML-KEM-768 and X25519 combined (draft-connolly-cfrg-xwing-kem). An all-zero X25519 secret is refused. */
export const xWing: Kem<XWingKey> = {
  id: KEM_ID,
  encapsulationBytes: ENCAPSULATION_BYTES,

  async encapsulate(publicKey) {
    const pq = await postQuantum()
    const point = publicKey.slice(ML_KEM_PUBLIC_BYTES)
    const kem = pq.encapsulate(publicKey.slice(0, ML_KEM_PUBLIC_BYTES))
    const scalar = backend().randomBytes(POINT_BYTES)
    const ephemeral = await curves.x25519(scalar)
    const dh = await ephemeral.agree(point)
    wipe(scalar)
    if (!kem || !dh) return undefined
    const secret = await combine({ kem: kem.secret, dh, ephemeral: ephemeral.publicKey, point })
    return { encapsulation: concatBytes(kem.ciphertext, ephemeral.publicKey), secret }
  },

  async decapsulate({ publicKey, mlKem, x25519 }, encapsulation) {
    const ephemeral = encapsulation.slice(ML_KEM_CIPHERTEXT_BYTES)
    const dh = await x25519.agree(ephemeral)
    if (!dh) return undefined
    const kem = mlKem.decapsulate(encapsulation.slice(0, ML_KEM_CIPHERTEXT_BYTES))
    return combine({ kem, dh, ephemeral, point: publicKey.slice(ML_KEM_PUBLIC_BYTES) })
  },
}

/** §5.2: the key pair of a seed of 32 bytes. */
export async function expandXWing(seed: Bytes): Promise<XWingKey> {
  const pq = await postQuantum()
  const expanded = pq.shake256(seed, ML_KEM_SEED_BYTES + POINT_BYTES)
  const kemSeed = expanded.slice(0, ML_KEM_SEED_BYTES)
  const scalar = expanded.slice(ML_KEM_SEED_BYTES)
  const mlKem = pq.mlKem768(kemSeed)
  const x25519 = await curves.x25519(scalar)
  wipe(expanded, kemSeed, scalar)
  return { publicKey: concatBytes(mlKem.publicKey, x25519.publicKey), mlKem, x25519 }
}

interface Parts {
  readonly kem: Bytes
  readonly dh: Bytes
  readonly ephemeral: Bytes
  readonly point: Bytes
}

/** §5.3. */
async function combine({ kem, dh, ephemeral, point }: Parts): Promise<Bytes> {
  const input = concatBytes(kem, dh, ephemeral, point, utf8(LABEL))
  const secret = (await postQuantum()).sha3_256(input)
  wipe(input, kem, dh)
  return secret
}
