/** Public vectors of the passphrase functions, through the implementation that core loads for them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { argon2idAsync, scryptAsync } from '../../packages/core/src/crypto/noble-kdf'
import { deriveSeed } from '../../packages/core/src/keys/passphrase-kdf'
import { bytesToHex, hexToBytes } from '../support/bytes'
import { VECTORS_HELP, vectorsDir } from '../support/vectors'

const folder = vectorsDir()

interface Argon2Case {
  readonly id: string
  readonly version: number
  readonly t: number
  readonly m: number
  readonly p: number
  readonly password: string
  readonly salt: string
  readonly secret?: string
  readonly ad?: string
  readonly tag?: string
  readonly tagLength?: number
}
interface ScryptCase {
  readonly id: string
  readonly N: number
  readonly r: number
  readonly p: number
  readonly dkLen: number
  readonly password: string
  readonly salt: string
  readonly dk?: string
  readonly result: string
}

function readTests<T>(file: string): readonly T[] {
  if (folder === undefined) return []
  const { tests } = JSON.parse(readFileSync(join(folder, 'kdf', file), 'utf8')) as { tests: T[] }
  return tests
}

test.skipIf(folder !== undefined || !process.env['CI'])(VECTORS_HELP, () => {
  throw new Error(VECTORS_HELP)
})

/** In JavaScript a GiB over all passes takes about five seconds. */
const soak = Boolean(process.env['ZKEB_SOAK'])
const MAX_COST_KIB = soak ? Number.POSITIVE_INFINITY : 400_000
const isQuick = (cost: number) => cost <= MAX_COST_KIB
const argon2 = readTests<Argon2Case>('argon2id.json')
const scrypt = readTests<ScryptCase>('scrypt.json')

describe.skipIf(folder === undefined)('Argon2id', () => {
  const quick = argon2.filter(({ m, t }) => isQuick(m * t))

  test('as many cases as there were', () => {
    const skipped = argon2.length - quick.length
    console.info(`argon2id: ${quick.length} run, ${skipped} skipped (too slow; ZKEB_SOAK=1)`)
    expect([argon2.length, skipped]).toEqual([29, soak ? 0 : 5])
  })

  test.each(quick.map((it) => [it.id, it] as const))('%s', async (_id, it) => {
    const options = {
      ...{ t: it.t, m: it.m, p: it.p, version: it.version, dkLen: it.tagLength ?? 32 },
      ...(it.secret && { key: hexToBytes(it.secret) }),
      ...(it.ad && { personalization: hexToBytes(it.ad) }),
    }
    const tag = await argon2idAsync(hexToBytes(it.password), hexToBytes(it.salt), options)
    expect(bytesToHex(tag)).toBe(it.tag)
  })

  const ours = quick.filter((it) => {
    const plain = !it.secret && !it.ad && it.version === 19
    return plain && it.tagLength === 32
  })

  test.each(ours.map((it) => [it.id, it] as const))('as core asks for it: %s', async (_id, it) => {
    const passphrase = Buffer.from(it.password, 'hex').toString()
    const { m, t, p } = it
    const kdf = { id: 'argon2id', m, t, p, salt: hexToBytes(it.salt) } as const
    expect(bytesToHex(await deriveSeed(passphrase, kdf))).toBe(it.tag)
  })
})

describe.skipIf(folder === undefined)('scrypt', () => {
  const quick = scrypt.filter(({ N, r }) => isQuick((N * r) / 8))

  test('as many cases as there were', () => {
    const skipped = scrypt.length - quick.length
    console.info(`scrypt: ${quick.length} run, ${skipped} skipped (1 GiB; ZKEB_SOAK=1)`)
    expect([scrypt.length, skipped]).toEqual([16, soak ? 0 : 1])
  })

  test.each(quick.map((it) => [it.id, it] as const))('%s', async (_id, it) => {
    const { N, r, p, dkLen } = it
    const maxmem = 2 ** 31
    const work = () =>
      scryptAsync(hexToBytes(it.password), hexToBytes(it.salt), { N, r, p, dkLen, maxmem })
    if (it.result === 'valid') expect(bytesToHex(await work())).toBe(it.dk)
    else await expect(work()).rejects.toThrow()
  })
})

test('scrypt as core asks for it: the same as node:crypto', async () => {
  const { scryptSync } = await import('node:crypto')
  const salt = Uint8Array.from({ length: 16 }, (_, i) => i)
  const kdf = { id: 'scrypt', ln: 12, p: 2, salt } as const
  const options = { N: 4_096, r: 8, p: 2, maxmem: 2 ** 26 }
  const expected = scryptSync('Grüße', salt, 32, options).toString('hex')
  expect(bytesToHex(await deriveSeed('Grüße', kdf))).toBe(expected)
})
