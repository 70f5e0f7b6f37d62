/** RSA-OAEP and RSA-PSS with SHA-256, against Wycheproof, through every backend. */
import { expect } from 'vitest'
import { field, PLATFORMS, runVectors } from '../support/public-vectors'

const backends = PLATFORMS.map(([name, { rsa }]) => [name, rsa] as const)
const SIZES = [2048, 3072, 4096]

runVectors('RSA-OAEP', {
  files: SIZES.map((bits) => `rsa_oaep_${bits}_sha256_mgf1sha256_test.json`),
  valid: 18,
  invalid: 54,
  backends,

  // The format uses the empty label: another one must not be ignored.
  isValid: ({ result, label }) => result === 'valid' && label === '',

  async check(rsa, it) {
    const material = { format: 'pkcs8', bytes: field(it, 'privateKeyPkcs8') } as const
    const key = await rsa.importKey('encryption', material, false)
    const opened = await rsa.decrypt(key, field(it, 'ct'))
    if (opened) expect(Buffer.from(opened).toString('hex')).toBe(it['msg'])
    return opened !== undefined
  },
})

runVectors('RSA-PSS', {
  files: [
    ...SIZES.map((bits) => `rsa_pss_${bits}_sha256_mgf1_32_test.json`),
    'rsa_pss_2048_sha256_mgf1_0_test.json',
  ],
  valid: 127,
  invalid: 158,
  backends,

  // The last file is of salts of 0 bytes, which others take; one case of it has ours.
  isValid: ({ result, sLen, comment }) =>
    sLen === 32 ? result === 'valid' : comment === 's_len changed to 32',

  async check(rsa, it) {
    const material = { format: 'spki', bytes: field(it, 'publicKeyDer') } as const
    const key = await rsa.importKey('signing', material, true)
    return rsa.verify(key, field(it, 'msg'), field(it, 'sig'))
  },
})
