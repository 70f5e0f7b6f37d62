/** C2SP chunked encryption, Cobblestone-256, against the vectors of its authors, through every backend. */
import { createHash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { openContent } from '@zkeb/core'
import { afterAll, expect } from 'vitest'
import { sealWithSalt } from '../../packages/core/src/content/chunked'
import { backend, useBackend } from '../../packages/core/src/crypto/current'
import { outcomeOf } from '../support/outcome'
import { BACKENDS, field, runVectors } from '../support/public-vectors'

const SALT_BYTES = 24
const usual = backend()
afterAll(() => useBackend(usual))

runVectors('Cobblestone-256', {
  files: ['c2sp_chunked_encryption_aes_256_gcm_test.json'],
  valid: 6,
  invalid: 18,
  backends: BACKENDS,

  async check(chosen, it) {
    useBackend(chosen)
    const key = { inputKey: field(it, 'key'), context: field(it, 'ctx') }
    const message = Uint8Array.from(inflateSync(Buffer.from(String(it['ct']), 'hex')))
    const outcome = await outcomeOf(() => openContent(key, message))
    if (outcome !== 'none') {
      const keySize = it.flags.includes('InvalidKeySize')
      expect(keySize ? ['RangeError'] : ['OPEN', 'TRUNCATED', 'FORMAT']).toContain(outcome)
      return false
    }
    const plaintext = await openContent(key, message)
    expect(plaintext.length).toBe(it['msgLength'])
    expect(createHash('sha512').update(plaintext).digest('hex')).toBe(it['msgSha512'])
    const again = await sealWithSalt(key, plaintext, message.slice(0, SALT_BYTES))
    expect(Buffer.from(again.baseNonce).toString('hex')).toBe(it['baseNonce'])
    expect(Buffer.compare(again.message, message)).toBe(0)
    return true
  },
})
