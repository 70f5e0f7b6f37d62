/** RSA-OAEP and RSA-PSS with SHA-256, against Wycheproof, through every backend. */
import { expect } from 'vitest'
import type { Rsa } from '../../packages/core/src/crypto/platform'
import { field, PLATFORMS, runVectors, type VectorCase } from '../support/public-vectors'

const backends = PLATFORMS.map(([name, { rsa }]) => [name, rsa] as const)
const SIZES = [2048, 3072, 4096]

/** Another hash, or a key that is refused when it is imported. */
function notOurs(it: VectorCase): string | undefined {
  if (it['sha'] !== 'SHA-256' || it['mgfSha'] !== 'SHA-256')
    return 'another hash: SHA-256 alone is used'
  if (Number(it['keySize']) < 2048) return 'a key of fewer than 2048 bits: refused at import'
  if (it.result === 'acceptable') return 'either outcome is fine'
  return undefined
}

async function checkOaep(rsa: Rsa, it: VectorCase): Promise<boolean> {
  const material = { format: 'pkcs8', bytes: field(it, 'privateKeyPkcs8') } as const
  const key = await rsa.importKey('encryption', material, false)
  const opened = await rsa.decrypt(key, field(it, 'ct'))
  if (opened) expect(Buffer.from(opened).toString('hex')).toBe(it['msg'])
  return opened !== undefined
}

async function checkPss(rsa: Rsa, it: VectorCase): Promise<boolean> {
  const material = { format: 'spki', bytes: field(it, 'publicKeyDer') } as const
  const key = await rsa.importKey('signing', material, true)
  return rsa.verify(key, field(it, 'msg'), field(it, 'sig'))
}

runVectors('RSA-OAEP', {
  files: SIZES.map((bits) => `rsa_oaep_${bits}_sha256_mgf1sha256_test.json`),
  valid: 18,
  invalid: 54,
  backends,

  // The format uses the empty label: another one must not be ignored.
  isValid: ({ result, label }) => result === 'valid' && label === '',

  check: checkOaep,
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

  check: checkPss,
})

runVectors('RSA-OAEP, other key sizes', {
  files: ['rsa_oaep_misc_test.json'],
  valid: 8,
  invalid: 9,
  backends,
  reasonToSkip: notOurs,
  isValid: ({ result, label }) => result === 'valid' && label === '',
  check: checkOaep,
})

runVectors('RSA-PSS, other parameters', {
  files: ['rsa_pss_misc_test.json'],
  valid: 1,
  invalid: 3,
  backends,
  reasonToSkip: notOurs,
  isValid: ({ result, sLen }) => result === 'valid' && sLen === 32,
  check: checkPss,
})
