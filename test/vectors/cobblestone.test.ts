/** C2SP chunked encryption, Cobblestone-256, against the vectors of its authors, through both backends. */
import { createHash } from 'node:crypto'
import { inflateSync } from 'node:zlib'
import { backend, isZkebError, openContent, useBackend } from '@zkeb/core'
import { afterAll, describe, expect, test } from 'vitest'
import { sealWithSalt } from '../../packages/core/src/content/chunked'
import { BACKENDS, countCases, field, folder, readGroups } from '../support/public-vectors'

const SALT_BYTES = 24
const usual = backend()
afterAll(() => useBackend(usual))

describe.skipIf(!folder)('Cobblestone-256', () => {
  const counts = countCases('Cobblestone-256')
  const cases = folder
    ? readGroups('c2sp_chunked_encryption_aes_256_gcm_test.json').flatMap(({ tests }) => tests)
    : []

  test('the file is there, whole', () => {
    expect(cases.length).toBe(24)
    expect(cases.filter(({ result }) => result === 'valid').length).toBe(6)
  })

  describe.each(BACKENDS)('%s', (_name, chosen) => {
    test.each(cases.map((it) => [it.tcId, it.comment, it] as const))(
      '%d: %s',
      async (_id, _comment, it) => {
        counts.run()
        useBackend(chosen)
        const key = { inputKey: field(it, 'key'), context: field(it, 'ctx') }
        const message = Uint8Array.from(inflateSync(Buffer.from(String(it['ct']), 'hex')))
        if (it.result === 'valid') {
          const plaintext = await openContent(key, message)
          expect(plaintext.length).toBe(it['msgLength'])
          expect(createHash('sha512').update(plaintext).digest('hex')).toBe(it['msgSha512'])
          const salt = message.slice(0, SALT_BYTES)
          const again = await sealWithSalt(key, plaintext, salt)
          expect(Buffer.from(again.baseNonce).toString('hex')).toBe(it['baseNonce'])
          expect(Buffer.compare(again.message, message)).toBe(0)
          return
        }
        const error: unknown = await openContent(key, message).catch((reason: unknown) => reason)
        if (it.flags.includes('InvalidKeySize')) {
          expect(error).toBeInstanceOf(RangeError)
          return
        }
        expect(isZkebError(error)).toBe(true)
        expect(['OPEN', 'TRUNCATED', 'FORMAT']).toContain((error as { code: string }).code)
      },
    )
  })
})
