/**
 * Random and mutated input into everything that reads what others wrote. Out comes an envelope that says what it
 * said, or a ZkebError; a TypeError or RangeError only where the type of the input is wrong. In bounded time.
 */

import {
  decode,
  encode,
  exportIdentity,
  exportPublicIdentity,
  fromRow,
  importIdentity,
  importPublicIdentity,
  isZkebError,
  open,
  seal,
  toRow,
} from '@zkeb/core'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { hostile, mutatedBytes, mutatedText, replaced } from '../support/fuzz'
import { people, person } from '../support/identities'

const soak = Boolean(process.env['ZKEB_SOAK'])
const RUNS = 1_000 * (soak ? 20 : 1)
const seed = Number(process.env['ZKEB_SEED'] ?? Date.now() % 2 ** 31)
const TIMEOUT = 120_000 * (soak ? 20 : 1)
console.info(`fuzz: seed ${seed} (ZKEB_SEED repeats it), ${RUNS} cases a target`)

const { bob, carol } = await people('bob', 'carol')
const alice = await person('alice', { signing: 'a' })
const sealing = { from: alice, to: [bob.public, carol.public], metadata: { a: [1, 'x'] } }
const expiresAt = 253_402_300_799_999
const envelope = await seal('hello', { ...sealing, expiresAt })
const second = await seal('other', sealing)
const opening = { as: bob, from: alice.public }

let slowest = 0
afterAll(() => {
  console.info(`fuzz: slowest case ${slowest.toFixed(0)} ms`)
})

/** What came of it; anything but a ZkebError is thrown on. */
async function outcome(work: () => unknown, misuseAllowed = false): Promise<string> {
  const before = performance.now()
  try {
    await work()
    return 'none'
  } catch (error) {
    if (isZkebError(error)) return error.code
    const misuse = error instanceof TypeError || error instanceof RangeError
    if (misuse && misuseAllowed && /^\w+: /.test(error.message)) return 'misuse'
    throw error
  } finally {
    slowest = Math.max(slowest, performance.now() - before)
  }
}

async function hunt<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => Promise<void>) {
  await fc.assert(fc.asyncProperty(arbitrary, check), { seed, numRuns: RUNS })
  expect(slowest).toBeLessThan(5_000)
}

describe('decode and open', () => {
  const binary = encode(envelope)
  const text = JSON.stringify(envelope)
  const same = Buffer.from(binary)

  /** Nothing but the envelope itself opens; what decodes is written again as it was read. */
  async function check(input: unknown, isBinary = false) {
    const decoded = await outcome(() => {
      const again = encode(decode(input as never))
      if (isBinary && !Buffer.from(again).equals(input as Uint8Array))
        throw new Error('two encodings')
    })
    const opened = await outcome(() => open(input as never, opening))
    if (decoded !== 'none') expect(opened).toBe(decoded)
    if (opened === 'none') expect(same.equals(encode(input as never))).toBe(true)
  }

  test(
    'mutated binary',
    async () => {
      await hunt(mutatedBytes(binary, encode(second)), (bytes) => check(bytes, true))
    },
    TIMEOUT,
  )

  test(
    'random bytes, some behind a right beginning',
    async () => {
      const bytes = fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 400 }))
      await hunt(bytes, ([magic, rest]) =>
        check(magic ? Uint8Array.of(...binary.slice(0, 40), ...rest) : rest, true),
      )
    },
    TIMEOUT,
  )

  test(
    'mutated JSON text',
    async () => {
      await hunt(mutatedText(text, JSON.stringify(second)), (json) => check(json))
    },
    TIMEOUT,
  )

  test(
    'random text',
    async () => {
      await hunt(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (json) => check(json))
    },
    TIMEOUT,
  )

  test(
    'JSON with one member exchanged for anything',
    async () => {
      await hunt(replaced(envelope.toJSON()), (json) => check(json))
    },
    TIMEOUT,
  )

  test(
    'the object form with one member exchanged for anything',
    async () => {
      await hunt(replaced({ ...envelope, recipients: [...envelope.recipients] }), (object) =>
        check(object),
      )
    },
    TIMEOUT,
  )

  test(
    'anything',
    async () => {
      await hunt(hostile, (anything) => check(anything))
    },
    TIMEOUT,
  )
})

describe('fromRow', () => {
  const rows = toRow(envelope)
  const same = Buffer.from(encode(envelope))

  test(
    'with one column exchanged for anything',
    async () => {
      await hunt(
        replaced({ envelope: rows.envelope, recipients: [...rows.recipients] }),
        async (edited) => {
          const opened = await outcome(() => open(fromRow(edited as never), opening))
          if (opened === 'none') expect(same.equals(encode(fromRow(edited as never)))).toBe(true)
        },
      )
    },
    TIMEOUT,
  )

  test(
    'with one text column mutated',
    async () => {
      const columns = Object.entries(rows.envelope).filter(([, value]) => typeof value === 'string')
      const mutated = fc
        .constantFrom(...columns)
        .chain(([name, value]) =>
          mutatedText(String(value), String(toRow(second).envelope[name as 'id'])).map(
            (text) => [name, text] as const,
          ),
        )
      await hunt(mutated, async ([name, value]) => {
        const edited = { ...rows, envelope: { ...rows.envelope, [name]: value } }
        const opened = await outcome(() => open(fromRow(edited), opening))
        if (opened === 'none') expect(same.equals(encode(fromRow(edited)))).toBe(true)
      })
    },
    TIMEOUT,
  )
})

describe('keys', async () => {
  const forms = {
    line: await exportIdentity(alice),
    pem: await exportIdentity(alice, 'pem'),
    jwk: await exportIdentity(alice, 'jwk'),
    publicLine: await exportPublicIdentity(alice.public),
    publicPem: await exportPublicIdentity(alice.public, 'pem'),
    publicJwk: await exportPublicIdentity(alice.public, 'jwk'),
  }
  const { pem, publicPem } = forms
  const { encryption, signing } = alice.public
  const der = { encryption: encryption.spki, signing: signing.spki }

  /** KEY, misuse, or an identity; both functions are asked, as a user might ask the wrong one. */
  async function check(input: unknown) {
    for (const read of [importIdentity, importPublicIdentity]) {
      const result = await outcome(() => read(input as never), typeof input !== 'string')
      if (!['none', 'KEY', 'misuse'].includes(result)) expect.fail(result)
    }
  }

  test(
    'mutated lines',
    async () => {
      await hunt(
        fc.oneof(
          mutatedText(forms.line, forms.publicLine),
          mutatedText(forms.publicLine, forms.line),
        ),
        check,
      )
    },
    TIMEOUT,
  )

  test(
    'mutated PEM',
    async () => {
      const secret = mutatedText(pem.encryption, pem.signing).map((text) => ({
        ...pem,
        encryption: text,
      }))
      const published = mutatedText(publicPem.signing, pem.signing).map((text) => ({
        ...publicPem,
        signing: text,
      }))
      await hunt(fc.oneof(secret, published), check)
    },
    TIMEOUT,
  )

  test(
    'mutated DER',
    async () => {
      const spki = mutatedBytes(der.encryption, der.signing).map((bytes) => ({
        ...der,
        encryption: bytes,
      }))
      await hunt(
        fc.oneof(
          spki,
          fc.uint8Array().map((bytes) => ({ ...der, signing: bytes })),
        ),
        check,
      )
    },
    TIMEOUT,
  )

  test(
    'JWK with one member exchanged for anything',
    async () => {
      await hunt(fc.oneof(replaced(forms.jwk), replaced(forms.publicJwk)), check)
    },
    TIMEOUT,
  )

  test(
    'anything',
    async () => {
      await hunt(hostile, check)
    },
    TIMEOUT,
  )
})
