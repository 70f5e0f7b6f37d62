/** No set of public vectors is passed over in silence: each is run by a test here, or is not ours for a reason. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noteCount } from '../support/vector-counts'
import { VECTORS_HELP, vectorsDir } from '../support/vectors'

const OTHER_AEAD = 'another AEAD'
const OTHER_CURVE = 'NIST curves are not used'

const NOT_OURS: Record<string, string> = {
  'accumulated/accumulated.json': 'needs derandomised encapsulation a million times over',
  'aead/xaes_256_gcm.json': OTHER_AEAD,
  'cctv/age_testkit.json': 'the format of age; its ideas for armor are in armor.test.ts',
  'shamir/secretsjs_shares.json': 'another field, 0x11d, and a text form of its own',
  'streaming/floe.json': 'another streaming format',
  'streaming/miscreant_aes_siv_stream.json': 'another streaming format',
  'streaming/secretstream_xchacha20poly1305.json': 'another streaming format',
  'streaming/tink_streaming_aead.json': 'another streaming format',
  'wycheproof/aes_kwp_test.json': 'AES key wrapping is not used',
  'wycheproof/aes_wrap_test.json': 'AES key wrapping is not used',
  'wycheproof/c2sp_chunked_encryption_aes_128_gcm_test.json': 'Cobblestone-128: we use 256',
  'wycheproof/chacha20_poly1305_test.json': OTHER_AEAD,
  'wycheproof/ecdh_secp256r1_webcrypto_test.json': OTHER_CURVE,
  'wycheproof/ecdsa_secp256r1_sha256_p1363_test.json': OTHER_CURVE,
  'wycheproof/ecdsa_secp256r1_sha256_test.json': OTHER_CURVE,
  'wycheproof/ecdsa_secp384r1_sha384_p1363_test.json': OTHER_CURVE,
  'wycheproof/hkdf_sha384_test.json': 'SHA-384 is not used',
  'wycheproof/mlkem_768_semi_expanded_decaps_test.json': 'keys are seeds, never expanded',
  'wycheproof/pbkdf2_hmacsha512_test.json': 'PBKDF2 with SHA-256 alone is read and written',
  'wycheproof/xchacha20_poly1305_test.json': OTHER_AEAD,
}
/** Of SHA-512, of MGF1 with SHA-1, of longer salts. */
const OTHER_RSA = /^wycheproof\/rsa_(?:oaep_\d+_sha512|oaep_\d+_sha256_mgf1sha1|pss_\d+_sha512)/

const folder = vectorsDir()

test.skipIf(folder === undefined && !process.env['CI'])('every set is run, or named', () => {
  if (folder === undefined) throw new Error(VECTORS_HELP)
  const tests = readdirSync(import.meta.dirname)
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
    .join()
  const sets = (readdirSync(folder, { recursive: true }) as string[])
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.json'))
  const forgotten = sets.filter((set) => {
    const reason = OTHER_RSA.test(set) ? 'RSA with another hash or salt' : NOT_OURS[set]
    if (reason !== undefined) noteCount(`not ours: ${set} (${reason})`)
    const [file = ''] = set.split('/').slice(-1)
    // rsa.test.ts writes its names with a variable for the size.
    return reason === undefined && !tests.includes(file.replace(/^.*_\d{4}_/, ''))
  })
  expect(forgotten).toEqual([])
})
