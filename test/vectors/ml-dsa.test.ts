/** ML-DSA-65 against Wycheproof, by noble and, where this Node has it, by node:crypto. */
import { expect } from 'vitest'
import { noblePostQuantum } from '../../packages/core/src/crypto/noble-post-quantum'
import { nodeBackend } from '../../packages/core/src/crypto/node'
import { hasPostQuantum, nodePostQuantum } from '../../packages/core/src/crypto/node-post-quantum'
import type { PostQuantum } from '../../packages/core/src/crypto/platform'
import { field, hex, runVectors, type VectorCase } from '../support/public-vectors'

const noble = ['noble', noblePostQuantum(nodeBackend)] as const
const backends: readonly (readonly [string, PostQuantum])[] = hasPostQuantum()
  ? [noble, ['node', nodePostQuantum]]
  : [noble]
const SEED_BYTES = 32
const PUBLIC_BYTES = 1952
const SIGNATURE_BYTES = 3309

function reasonToSkip(it: VectorCase): string | undefined {
  if (it['ctx']) return 'with a context: ours is empty'
  if (it['msg'] === undefined) return 'of a hash, not of a message'
  return undefined
}

runVectors('ML-DSA-65 verification', {
  files: ['mldsa_65_verify_test.json'],
  valid: 36,
  invalid: 45,
  backends,
  reasonToSkip: (it) =>
    field(it, 'publicKey').length === PUBLIC_BYTES && field(it, 'sig').length === SIGNATURE_BYTES
      ? reasonToSkip(it)
      : 'another length: the suite takes exact ones',
  check: async (pq, it) => pq.verify(field(it, 'publicKey'), field(it, 'msg'), field(it, 'sig')),
})

// Signatures of ours are hedged, so each is another one: keys, and that theirs and ours are found good.
runVectors('ML-DSA-65 signatures from a seed', {
  files: ['mldsa_65_sign_seed_test.json'],
  valid: 42,
  invalid: 0,
  backends,
  reasonToSkip: (it) =>
    field(it, 'privateSeed').length === SEED_BYTES
      ? reasonToSkip(it)
      : 'another length: the suite takes exact ones',
  async check(pq, it) {
    const key = pq.mlDsa65(field(it, 'privateSeed'))
    expect(hex(key.publicKey)).toBe(it['publicKey'])
    const own = key.sign(field(it, 'msg'))
    expect(own).toHaveLength(SIGNATURE_BYTES)
    expect(pq.verify(key.publicKey, field(it, 'msg'), own)).toBe(true)
    return pq.verify(key.publicKey, field(it, 'msg'), field(it, 'sig'))
  },
})

// Expanded private keys are not taken: of these the signatures alone count.
runVectors('ML-DSA-65 signatures from expanded keys', {
  files: ['mldsa_65_sign_noseed_test.json'],
  valid: 21,
  invalid: 0,
  backends,
  reasonToSkip: (it) =>
    it.result === 'valid' ? reasonToSkip(it) : 'a bad expanded key, which has no place here',
  check: async (pq, it) => pq.verify(field(it, 'publicKey'), field(it, 'msg'), field(it, 'sig')),
})
