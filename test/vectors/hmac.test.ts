/** HMAC-SHA-256 and HMAC-SHA-512, full tags, against Wycheproof, through every platform. */
import { BACKENDS, field, runVectors } from '../support/public-vectors'

runVectors('HMAC-SHA-512', {
  files: ['hmac_sha512_test.json'],
  valid: 22,
  invalid: 36,
  backends: BACKENDS,

  reasonToSkip: ({ tagSize }) =>
    tagSize === 512 ? undefined : 'truncated tags: only whole ones are used',

  async check(backend, it) {
    const tag = await backend.hmacSha512(field(it, 'key'), field(it, 'msg'))
    return Buffer.from(tag).toString('hex') === it['tag']
  },
})

runVectors('HMAC-SHA-256', {
  files: ['hmac_sha256_test.json'],
  valid: 22,
  invalid: 36,
  backends: BACKENDS,

  reasonToSkip: ({ tagSize }) =>
    tagSize === 256 ? undefined : 'truncated tags: only whole ones are used',

  async check(backend, it) {
    const tag = await backend.hmacSha256(field(it, 'key'), field(it, 'msg'))
    return Buffer.from(tag).toString('hex') === it['tag']
  },
})

// The formats take HKDF apart: HPKE by labels, the content by Expand alone. Here it is put together again.
const HKDF = [
  { hash: 'hmacSha256', bytes: 32, file: 'hkdf_sha256_test.json', valid: 56 },
  { hash: 'hmacSha512', bytes: 64, file: 'hkdf_sha512_test.json', valid: 54 },
] as const

for (const { hash, bytes, file, valid } of HKDF) {
  runVectors(`HKDF by ${hash}`, {
    files: [file],
    valid,
    invalid: 2,
    backends: BACKENDS,

    async check(backend, it) {
      const size = Number(it['size'])
      if (size > 255 * bytes) return false
      const salt = field(it, 'salt')
      const key = salt.length > 0 ? salt : new Uint8Array(bytes)
      const prk = await backend[hash](key, field(it, 'ikm'))
      let okm = new Uint8Array(0)
      let block = new Uint8Array(0)
      for (let i = 1; okm.length < size; i++) {
        const input = Uint8Array.of(...block, ...field(it, 'info'), i)
        block = Uint8Array.from(await backend[hash](prk, input))
        okm = Uint8Array.of(...okm, ...block)
      }
      return Buffer.from(okm.subarray(0, size)).toString('hex') === it['okm']
    },
  })
}
