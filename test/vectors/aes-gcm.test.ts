/** AES-256-GCM with 96-bit nonces, against Wycheproof, through both backends. */
import { describe, expect, test } from 'vitest'
import { BACKENDS, countCases, field, folder, readGroups } from '../support/public-vectors'

describe.skipIf(!folder)('AES-256-GCM', () => {
  const counts = countCases('AES-256-GCM')
  const all = folder
    ? readGroups('aes_gcm_test.json').flatMap(({ tests, keySize, ivSize, tagSize }) =>
        tests.map((it) => ({ it, keySize, ivSize, tagSize })),
      )
    : []

  /** Why a case is not ours; undefined where it is. */
  function reasonToSkip({
    it,
    keySize,
    ivSize,
    tagSize,
  }: (typeof all)[number]): string | undefined {
    if (keySize !== 256) return 'keys of other sizes: only AES-256 is used'
    if (ivSize !== 96) return 'nonces of other sizes: only 96 bits are used'
    if (tagSize !== 128) return 'shorter tags: only 128 bits are used'
    if (it['aad'] !== '') return 'associated data: the format puts none into GCM'
    return undefined
  }

  const ours = all.filter((one) => reasonToSkip(one) === undefined).map(({ it }) => it)
  for (const one of all) {
    const reason = reasonToSkip(one)
    if (reason) counts.skip(reason)
  }

  test.skipIf(!folder)('there are cases, good and bad', () => {
    expect(ours.filter(({ result }) => result === 'valid').length).toBeGreaterThan(10)
    expect(ours.filter(({ result }) => result === 'invalid').length).toBeGreaterThan(0)
  })

  describe.each(BACKENDS)('%s', (_name, backend) => {
    test.each(ours.map((it) => [it.tcId, it.comment || it.flags.join(), it] as const))(
      '%d: %s',
      async (_id, _comment, it) => {
        counts.run()
        const aes = await backend.aes256Gcm(field(it, 'key'))
        const [nonce, plaintext] = [field(it, 'iv'), field(it, 'msg')]
        const sealed = Uint8Array.from([...field(it, 'ct'), ...field(it, 'tag')])
        const [written, opened] = [new Uint8Array(sealed.length), new Uint8Array(plaintext.length)]
        const genuine = await aes.open(nonce, sealed, opened)
        expect(genuine).toBe(it.result === 'valid')
        if (genuine) {
          expect(Buffer.from(opened).toString('hex')).toBe(it['msg'])
          await aes.seal(nonce, plaintext, written)
          expect(Buffer.compare(written, sealed)).toBe(0)
        } else {
          expect(opened).toEqual(new Uint8Array(plaintext.length))
        }
      },
    )
  })
})
