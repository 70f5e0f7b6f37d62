import { type Grant, memoryReplayGuard, openRange, openStream, type ReplayGuard } from '@zkeb/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { patternBytes } from '../../../test/support/bytes'
import { people } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import { replaceContent } from '../../../test/support/stream-parts'
import { flow, flowUntilError, read, sealBytes } from '../../../test/support/streams'
import * as ciphers from '../src/content/chunk-cipher'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const opening = { as: bob, from: alice.public }
const expiresAt = Date.now() + 3_600_000
/** More than one window of chunks. */
const plaintext = patternBytes(600_000)
const one = { to: bob.public, from: alice, expiresAt }
const several = { ...one, to: [bob.public, carol.public] }
const STREAMS = {
  'one recipient': { sealed: await sealBytes(plaintext, one), plaintext },
  'one recipient, nothing in it': {
    sealed: await sealBytes([], one),
    plaintext: new Uint8Array(0),
  },
  'several recipients': { sealed: await sealBytes(plaintext, several), plaintext },
}

afterEach(() => vi.restoreAllMocks())

/** A guard that writes down what it is asked. */
function recorder(answer: unknown = true) {
  const claims: unknown[][] = []
  const claim = async (...args: unknown[]) => {
    claims.push(args)
    return answer
  }
  return { claims, replayGuard: { claim } as ReplayGuard }
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const out = bytes.slice()
  const index = at < 0 ? out.length + at : at
  out[index] = (out[index] ?? 0) ^ 1
  return out
}

describe.each(Object.entries(STREAMS))('%s', (_name, { sealed, plaintext }) => {
  test('opens once; the second time nothing comes out', async () => {
    const options = { ...opening, replayGuard: memoryReplayGuard() }
    expect(await flow(sealed, openStream(options))).toEqual(plaintext)
    const again = await flowUntilError(sealed, openStream(options))
    expect(again.error).toMatchObject({ code: 'REPLAYED' })
    expect(again.bytes.length).toBe(0)
    const range = await openRange(sealed, options)
    expect(await outcomeOf(() => read(range.stream))).toBe('REPLAYED')
  })

  test('is claimed once, by sender and id, with the expiry', async () => {
    const { claims, replayGuard } = recorder()
    const stream = openStream({ ...opening, replayGuard })
    await flow(sealed, stream)
    const { id } = await stream.opened
    const sender = Buffer.from(alice.public.signing.fingerprint).toString('hex')
    expect(claims).toEqual([[`${sender}:${id}`, new Date(expiresAt)]])
  })

  test('is not claimed where it does not open', async () => {
    const { claims, replayGuard } = recorder()
    const attempts = [
      openStream({ ...opening, from: bob.public, replayGuard }),
      openStream({ ...opening, now: expiresAt, replayGuard }),
      openStream({ ...opening, associatedData: 1, replayGuard }),
    ]
    const outcomes = await Promise.all(
      attempts.map((attempt) => outcomeOf(() => flow(sealed, attempt))),
    )
    expect(outcomes).toEqual(['SIGNATURE', 'EXPIRED', 'SIGNATURE'])
    expect(claims).toEqual([])
  })

  test('a guard that is down: its own error comes through, and nothing else', async () => {
    const down = new Error('no database')
    const replayGuard: ReplayGuard = { claim: () => Promise.reject(down) }
    const { bytes, error } = await flowUntilError(sealed, openStream({ ...opening, replayGuard }))
    expect(error).toBe(down)
    expect(bytes.length).toBe(0)
  })
})

test('what was decrypted and is refused is wiped', async () => {
  const pieces: Uint8Array[] = []
  const { committedCipher } = ciphers
  vi.spyOn(ciphers, 'committedCipher').mockImplementation(async (...args) => {
    const cipher = await committedCipher(...args)
    const open: typeof cipher.open = async (chunks) => {
      await cipher.open(chunks)
      expect(chunks.plaintext.some((byte) => byte !== 0)).toBe(true)
      pieces.push(chunks.plaintext)
    }
    return { ...cipher, open }
  })
  const { replayGuard } = recorder(false)
  const stream = openStream({ ...opening, replayGuard })
  const { error } = await flowUntilError(STREAMS['one recipient'].sealed, stream)
  expect(error).toMatchObject({ code: 'REPLAYED' })
  expect(pieces.map((piece) => piece.every((byte) => byte === 0))).toEqual([true])
})

test('one recipient, the first chunk altered: OPEN, and not claimed', async () => {
  const { claims, replayGuard } = recorder()
  const altered = flip(STREAMS['one recipient'].sealed, 5_000)
  const stream = openStream({ ...opening, replayGuard })
  expect(await outcomeOf(() => flow(altered, stream))).toBe('OPEN')
  expect(claims).toEqual([])
})

test('one recipient, cut: what flowed stays claimed', async () => {
  const options = { ...opening, replayGuard: memoryReplayGuard() }
  const { sealed } = STREAMS['one recipient']
  const cut = await flowUntilError(
    sealed.subarray(0, -(plaintext.length % 16_384)),
    openStream(options),
  )
  expect(cut.error).toBeDefined()
  expect(cut.bytes.length).toBeGreaterThan(0)
  expect(await outcomeOf(() => flow(sealed, openStream(options)))).toBe('REPLAYED')
})

test('several recipients, the trailer altered: SIGNATURE, and not claimed', async () => {
  const { claims, replayGuard } = recorder()
  const altered = flip(STREAMS['several recipients'].sealed, -1)
  const stream = openStream({ ...opening, replayGuard })
  expect(await outcomeOf(() => flow(altered, stream))).toBe('SIGNATURE')
  expect(await outcomeOf(() => openRange(altered, { ...opening, replayGuard }))).toBe('SIGNATURE')
  expect(claims).toEqual([])
})

test('several recipients, unverified: another recipient can use the claim up', async () => {
  const { sealed } = STREAMS['several recipients']
  const forged = await replaceContent(sealed, patternBytes(9), { as: carol, from: alice })
  const longer = await replaceContent(sealed, patternBytes(600_001), { as: carol, from: alice })
  const { claims, replayGuard } = recorder()
  const options = { ...opening, unverified: true, replayGuard }
  expect(await outcomeOf(() => flow(forged, openStream(options)))).toBe('SIGNATURE')
  expect(claims).toEqual([])
  expect(await outcomeOf(() => flow(longer, openStream(options)))).toBe('SIGNATURE')
  expect(claims.length).toBe(1)
})

describe('openRange', () => {
  const { sealed } = STREAMS['one recipient']

  test('one part, and no second one', async () => {
    const options = { ...opening, replayGuard: memoryReplayGuard() }
    const part = await openRange(sealed, { ...options, start: 100_000, end: 100_003 })
    expect(await read(part.stream)).toEqual(plaintext.slice(100_000, 100_003))
    const other = await openRange(sealed, { ...options, start: 5 })
    expect(await outcomeOf(() => read(other.stream))).toBe('REPLAYED')
  })

  test('a part of no bytes counts as one', async () => {
    const options = { ...opening, replayGuard: memoryReplayGuard() }
    const part = await openRange(sealed, { ...options, start: 7, end: 7 })
    expect((await read(part.stream)).length).toBe(0)
    expect(await outcomeOf(() => flow(sealed, openStream(options)))).toBe('REPLAYED')
  })
})

test('a grant is misuse', async () => {
  const grant = {} as Grant
  // @ts-expect-error: streams are never granted.
  expect(await misuseOf(() => openStream({ ...opening, grant }))).toMatch(/^grant: /)
  const { sealed } = STREAMS['one recipient']
  // @ts-expect-error: nor are parts of them.
  expect(await misuseOf(() => openRange(sealed, { ...opening, grant }))).toMatch(/^grant: /)
})
