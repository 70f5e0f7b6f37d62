import { combineShares, decodeShare, encodeShare, readKit, recoveryKit } from '@zkeb/core/recovery'
import { describe, expect, test } from 'vitest'
import { errorOf, misuseOf } from '../../../test/support/outcome'
import { faultOf, makeSet, spoil } from '../../../test/support/shares'

const made = await makeSet(3, 5, { epoch: 4 })
const { share, setId } = made
const facts = {
  accountId: new Uint8Array(32).fill(0xab),
  ownerFingerprint: new Uint8Array(32).fill(0x12),
  guardianFingerprint: new Uint8Array(32).fill(0xcd),
  createdAt: Date.UTC(2026, 10, 21, 23, 59),
}
const names = {
  service: 'Acme Backup, https://backup.example.org',
  ownerName: 'Zoë & Łukasz',
  guardianName: 'Bob <bob@example.org>',
}
const kit = await recoveryKit(share(2), { ...facts, ...names })
const inGroups = (byte: string, groups: number) => Array(groups).fill(byte.repeat(2)).join(' ')
const setText = Array.from(setId, (byte) => byte.toString(16).padStart(2, '0'))
  .join('')
  .replace(/.{4}(?=.)/g, '$& ')

describe('a kit', () => {
  test.each(['text', 'html'] as const)('says all that must not come from a server: %s', (form) => {
    const said = kit[form]
    const all = ['2026-11-21', '2 of 5', 'any 3', 'epoch 4', setText]
    for (const it of [...all, ...['ab', '12', 'cd'].map((byte) => inGroups(byte, 16))]) {
      expect(said).toContain(it)
    }
    for (const title of [/what it is for/i, /how to test it/i, /never/i]) {
      expect(said).toMatch(title)
    }
  })

  test('as text holds the share, which reads back out of it', () => {
    expect(decodeShare(kit.text)).toEqual(share(2))
    expect(decodeShare(kit.text.replaceAll('\n', '\r\n'))).toEqual(share(2))
    expect(kit.text).toContain('Zoë & Łukasz')
  })

  test('as a page loads nothing, runs nothing, and says so to the browser', () => {
    expect(kit.html).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    )
    expect(kit.html).not.toMatch(
      /<script|<link|<img|<iframe|@import|url\(|\ssrc=|\shref=|\son\w+=/i,
    )
    expect(kit.html.match(/https?:[^"<]*/g)).toEqual([
      'https://backup.example.org',
      'http://www.w3.org/2000/svg',
    ])
  })

  test('names stand in it as text', () => {
    expect(kit.html).toContain('<bdi>Bob &lt;bob@example.org&gt;</bdi>')
    expect(kit.html).toContain('Zoë &amp; Łukasz')
  })

  test('says for what it is, and above the lines which letters there are', () => {
    expect(kit.text).toContain('For:           Acme Backup, https://backup.example.org\n')
    expect(kit.html).toContain(
      '<dt>For</dt><dd><bdi>Acme Backup, https://backup.example.org</bdi></dd>',
    )
    for (const said of [kit.text, kit.html]) {
      const note = said.indexOf('Never the letters B, I, O nor the digit 1')
      expect(note).toBeGreaterThan(0)
      expect(note).toBeLessThan(said.search(/^(?:<li><b>)?01(?:<\/b>)? /m))
    }
  })

  test('needs no names, and no guardian who has keys', async () => {
    const { guardianFingerprint: _, ...paper } = facts
    const { text, html } = await recoveryKit(share(5), paper)
    expect(decodeShare(text)).toEqual(share(5))
    for (const said of [text, html]) expect(said).not.toMatch(/undefined|Guardian key/)
  })
})

test('kits are read back, and are all that recovery has to know', async () => {
  const { createdAt: _, ...said } = facts
  const kits = await Promise.all(
    [1, 4, 5].map(async (x) => (await recoveryKit(share(x), { ...facts, ...names })).text),
  )
  const read = await Promise.all(kits.map((text) => readKit(text)))
  expect(read[1]).toEqual({ ...said, share: share(4), index: 4, setId })
  const secret = await combineShares(
    read.map((one) => one.share),
    { setId },
  )
  expect(secret).toEqual(made.secret)
})

test('names cannot pass for facts', async () => {
  const ownerName = `Set: ${'00 '.repeat(10)}`
  const { text } = await recoveryKit(share(1), { ...facts, ownerName, service: 'Owner key: 00' })
  expect((await readKit(text)).setId).toEqual(setId)
})

test('what is no kit says so, and what to give', async () => {
  const error = await errorOf(() => readKit(encodeShare(share(1))))
  expect(error).toMatchObject({
    code: 'FORMAT',
    message: "the line 'Set' of the kit is missing, or not valid",
    hint: expect.stringMatching(/whole text of the kit/),
  })
  expect(await misuseOf(() => readKit(kit as never))).toMatch(/^text/)
})

test('a bad share makes no kit', async () => {
  expect((await faultOf(() => recoveryKit(spoil(share(1)), facts)))?.reason).toBe('altered')
})

test('options that are forgotten are named', async () => {
  expect(await misuseOf(() => recoveryKit(share(1), undefined as never))).toMatch(/^accountId/)
})

test.each<[object, RegExp]>([
  [{ accountId: new Uint8Array(31) }, /^accountId/],
  [{ ownerFingerprint: 'ab' }, /^ownerFingerprint/],
  [{ guardianFingerprint: null }, /^guardianFingerprint/],
  [{ guardianFingerprint: new Uint8Array(31) }, /^guardianFingerprint/],
  [{ service: 's'.repeat(61) }, /^service/],
  [{ service: 'Acme\nSet: 00' }, /^service/],
  [{ createdAt: Number.NaN }, /^createdAt/],
  [{ ownerName: '' }, /^ownerName/],
  [{ ownerName: 'a'.repeat(61) }, /^ownerName/],
  [{ guardianName: 'two\nlines' }, /^guardianName/],
  [{ guardianName: 'turned \u202e round' }, /^guardianName/],
  [{ guardianName: 'half \ud83d' }, /^guardianName/],
  [{ guardianName: 7 }, /^guardianName/],
  [{ label: 'x' }, /label/],
])('%j is misuse', async (change, message) => {
  expect(await misuseOf(() => recoveryKit(share(1), { ...facts, ...change }))).toMatch(message)
})
