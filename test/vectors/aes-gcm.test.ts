/** AES-256-GCM with 96-bit nonces, against Wycheproof, through every backend. */
import { expect } from 'vitest'
import { BACKENDS, field, runVectors } from '../support/public-vectors'

runVectors('AES-256-GCM', {
  files: ['aes_gcm_test.json'],
  valid: 25,
  invalid: 20,
  backends: BACKENDS,

  reasonToSkip(it) {
    if (it['keySize'] !== 256) return 'keys of other sizes: only AES-256 is used'
    if (it['ivSize'] !== 96) return 'nonces of other sizes: only 96 bits are used'
    if (it['tagSize'] !== 128) return 'shorter tags: only 128 bits are used'
    return undefined
  },

  async check(backend, it) {
    const aes = await backend.aes256Gcm(field(it, 'key'))
    const [nonce, plaintext] = [field(it, 'iv'), field(it, 'msg')]
    const sealed = Uint8Array.from([...field(it, 'ct'), ...field(it, 'tag')])
    const [written, opened] = [new Uint8Array(sealed.length), new Uint8Array(plaintext.length)]
    // HPKE alone gives associated data; nothing and none are the same.
    const aad = it['aad'] === '' ? undefined : field(it, 'aad')
    const genuine = await aes.open(nonce, sealed, opened, aad)
    expect(opened).toEqual(genuine ? plaintext : new Uint8Array(plaintext.length))
    if (genuine) {
      await aes.seal(nonce, plaintext, written, aad)
      expect(written).toEqual(sealed)
    }
    return genuine
  },
})
