/** ML-KEM-768 against Wycheproof and C2SP, by noble and, where this Node has it, by node:crypto. */
import { expect } from 'vitest'
import { noblePostQuantum } from '../../packages/core/src/crypto/noble-post-quantum'
import { nodeBackend } from '../../packages/core/src/crypto/node'
import { hasPostQuantum, nodePostQuantum } from '../../packages/core/src/crypto/node-post-quantum'
import type { PostQuantum } from '../../packages/core/src/crypto/platform'
import { field, hex, runVectors } from '../support/public-vectors'

const noble = ['noble', noblePostQuantum(nodeBackend)] as const
const backends: readonly (readonly [string, PostQuantum])[] = hasPostQuantum()
  ? [noble, ['node', nodePostQuantum]]
  : [noble]
const CIPHERTEXT_BYTES = 1088
const SEED_BYTES = 64
const PUBLIC_BYTES = 1184

runVectors('ML-KEM-768 decapsulation', {
  files: ['mlkem_768_test.json'],
  valid: 41,
  invalid: 0,
  backends,
  reasonToSkip: (it) => {
    const fits =
      field(it, 'c').length === CIPHERTEXT_BYTES && field(it, 'seed').length === SEED_BYTES
    return fits ? undefined : 'another length: X-Wing cuts exact ones'
  },
  async check(pq, it) {
    const key = pq.mlKem768(field(it, 'seed'))
    expect(hex(key.publicKey)).toBe(it['ek'])
    return hex(key.decapsulate(field(it, 'c'))) === it['K']
  },
})

runVectors('ML-KEM-768 key generation', {
  files: ['mlkem_768_keygen_seed_test.json'],
  valid: 30,
  invalid: 0,
  backends,
  check: async (pq, it) => hex(pq.mlKem768(field(it, 'seed')).publicKey) === it['ek'],
})

runVectors('ML-KEM-768 encapsulation', {
  files: ['mlkem_768_encaps_test.json'],
  valid: 30,
  invalid: 25,
  backends,
  reasonToSkip: (it) =>
    field(it, 'ek').length === PUBLIC_BYTES ? undefined : 'another length: X-Wing cuts exact ones',
  async check(pq, it) {
    // The platform draws its own randomness: only a key that fails the modulus check shows there.
    if (pq === nodePostQuantum) return pq.encapsulate(field(it, 'ek')) !== undefined
    const fixed = noblePostQuantum({ randomBytes: () => field(it, 'm') })
    const made = fixed.encapsulate(field(it, 'ek'))
    if (!made) return false
    expect(hex(made.ciphertext)).toBe(it['c'])
    return hex(made.secret) === it['K']
  },
})

interface Extra {
  readonly intermediate: readonly (readonly string[])[]
}
// Key generation there is that of the draft, and expanded private keys are not taken: encapsulation alone is left.
runVectors('ML-KEM-768 intermediate values', {
  files: ['../cctv/mlkem768_extra.json'],
  read(json) {
    const values = Object.fromEntries((json as Extra).intermediate)
    return [{ ...values, comment: 'encapsulation' }]
  },
  valid: 1,
  invalid: 0,
  backends: [noble],
  async check(_pq, it) {
    const made = noblePostQuantum({ randomBytes: () => field(it, 'm') }).encapsulate(
      field(it, 'ek'),
    )
    expect(made && hex(made.ciphertext)).toBe(it['c'])
    return made !== undefined && hex(made.secret) === it['K']
  },
})
