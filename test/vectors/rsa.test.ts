/** RSA-OAEP and RSA-PSS with SHA-256, against Wycheproof, through both backends. */
import { describe, expect, test, vi } from 'vitest'
import { countCases, field, folder, readGroups } from '../support/public-vectors'

/** The primitives of core as a build for that platform holds them. */
async function primitives(platform: 'node' | 'webcrypto') {
  vi.resetModules()
  vi.doMock('#backend', () => import(`../../packages/core/src/crypto/${platform}.ts`))
  const { rsaPrimitives } = await import('../../packages/core/src/crypto/rsa')
  vi.doUnmock('#backend')
  return rsaPrimitives
}

const BACKENDS = [
  ['node', await primitives('node')],
  ['webcrypto', await primitives('webcrypto')],
] as const
const SIZES = [2048, 3072, 4096]
const read = (file: string) => (folder ? readGroups(file) : [])

describe.skipIf(!folder)('RSA-OAEP', () => {
  const counts = countCases('RSA-OAEP')
  const groups = SIZES.flatMap((bits) => read(`rsa_oaep_${bits}_sha256_mgf1sha256_test.json`))

  describe.each(BACKENDS)('%s', (name, rsa) => {
    describe.each(groups.map((group) => [group['keySize'], group] as const))(
      '%d bits',
      (_bits, group) => {
        const bytes = field(group, 'privateKeyPkcs8')
        const key = rsa.importKey('encryption', { format: 'pkcs8', bytes }, false)
        const labelled = group.tests.filter(({ label }) => label !== '')
        const ours = group.tests.filter(({ label }) => label === '')
        for (const _ of name === 'node' ? labelled : [])
          counts.skip('labels: the format uses the empty one')

        test('there are cases, good and bad', () => {
          expect(new Set(ours.map(({ result }) => result))).toEqual(new Set(['valid', 'invalid']))
        })

        test.each(ours.map((it) => [it.tcId, it.comment || it.flags.join(), it] as const))(
          '%d: %s',
          async (_id, _comment, it) => {
            counts.run()
            const opened = await rsa.decrypt(await key, field(it, 'ct'))
            expect(opened && Buffer.from(opened).toString('hex')).toBe(
              it.result === 'valid' ? it['msg'] : undefined,
            )
          },
        )

        test('a label that was used is not ignored', async () => {
          for (const it of labelled) {
            expect(await rsa.decrypt(await key, field(it, 'ct')), `case ${it.tcId}`).toBe(undefined)
          }
        })
      },
    )
  })
})

describe.skipIf(!folder)('RSA-PSS', () => {
  const counts = countCases('RSA-PSS')
  const groups = SIZES.flatMap((bits) => read(`rsa_pss_${bits}_sha256_mgf1_32_test.json`))

  describe.each(BACKENDS)('%s', (_name, rsa) => {
    describe.each(groups.map((group) => [group['keySize'], group] as const))(
      '%d bits',
      (_bits, group) => {
        const bytes = field(group, 'publicKeyDer')
        const key = rsa.importKey('signing', { format: 'spki', bytes }, true)

        test('there are cases, good and bad', () => {
          expect(new Set(group.tests.map(({ result }) => result))).toEqual(
            new Set(['valid', 'invalid']),
          )
          expect(group['sLen']).toBe(32)
        })

        test.each(group.tests.map((it) => [it.tcId, it.comment, it] as const))(
          '%d: %s',
          async (_id, _comment, it) => {
            counts.run()
            const genuine = await rsa.verify(await key, field(it, 'msg'), field(it, 'sig'))
            expect(genuine).toBe(it.result === 'valid')
          },
        )
      },
    )
  })

  test.each(BACKENDS)('%s: signatures with a salt of 0 bytes are refused', async (_name, rsa) => {
    for (const group of read('rsa_pss_2048_sha256_mgf1_0_test.json')) {
      const material = { format: 'spki', bytes: field(group, 'publicKeyDer') } as const
      const key = await rsa.importKey('signing', material, true)
      for (const it of group.tests.filter(({ result }) => result === 'valid')) {
        expect(await rsa.verify(key, field(it, 'msg'), field(it, 'sig')), `case ${it.tcId}`).toBe(
          false,
        )
      }
    }
  })
})
