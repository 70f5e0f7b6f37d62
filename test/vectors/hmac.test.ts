/** HMAC-SHA-512, full tags, against Wycheproof, through both backends. */
import { describe, expect, test } from 'vitest'
import { BACKENDS, countCases, field, folder, readGroups } from '../support/public-vectors'

describe.skipIf(!folder)('HMAC-SHA-512', () => {
  const counts = countCases('HMAC-SHA-512')
  const groups = folder ? readGroups('hmac_sha512_test.json') : []
  const ours = groups.flatMap(({ tests, tagSize }) => {
    if (tagSize === 512) return tests
    for (const _ of tests) counts.skip('truncated tags: only whole ones are used')
    return []
  })

  test('there are cases, good and bad', () => {
    expect(ours.filter(({ result }) => result === 'valid').length).toBeGreaterThan(10)
    expect(ours.filter(({ result }) => result === 'invalid').length).toBeGreaterThan(10)
  })

  describe.each(BACKENDS)('%s', (_name, backend) => {
    test.each(ours.map((it) => [it.tcId, it.comment, it] as const))(
      '%d: %s',
      async (_id, _comment, it) => {
        counts.run()
        const tag = await backend.hmacSha512(field(it, 'key'), field(it, 'msg'))
        const same = Buffer.from(tag).toString('hex') === it['tag']
        expect(same).toBe(it.result === 'valid')
      },
    )
  })
})
