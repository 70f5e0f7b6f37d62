/** openRange: any part, from any source, reading no more than it needs. */
import { open as openFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRange, openStream, type SeekableSource } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../../../test/support/bytes'
import { people } from '../../../test/support/identities'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'
import { cipherOf, takeApart } from '../../../test/support/stream-parts'
import { read, sealBytes } from '../../../test/support/streams'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const opening = { as: bob, from: alice.public }
const CHUNK = 16_384
const SEALED_CHUNK = 16_400
const plaintext = patternBytes(5 * CHUNK + 100)
const one = await sealBytes(plaintext, { to: bob.public, from: alice })
const two = await sealBytes(plaintext, { to: [carol.public, bob.public], from: alice })

async function part(source: Uint8Array | Blob | SeekableSource, start?: number, end?: number) {
  const range = { ...(start !== undefined && { start }), ...(end !== undefined && { end }) }
  return read((await openRange(source, { ...opening, ...range })).stream)
}

describe.each([
  ['one recipient', one],
  ['two recipients', two],
] as const)('%s', (_name, sealed) => {
  const borders = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK, plaintext.length]
  test.each(borders)('from %d to every border', async (start) => {
    for (const end of borders.filter((border) => border >= start)) {
      const expected = plaintext.subarray(start, end)
      expect(Buffer.compare(await part(sealed, start, end), expected)).toBe(0)
    }
    expect(Buffer.compare(await part(sealed, start), plaintext.subarray(start))).toBe(0)
  })

  test.each([
    ['end', 0, plaintext.length + 1],
    ['end', 0, -1],
    ['end', 0, 0.5],
    ['end', 0, Number.NaN],
    ['end', 0, '5' as never],
    ['start', 2, 1],
    ['start', -1, 1],
    ['start', 1.5, 2],
    ['start', plaintext.length + 1, undefined],
  ] as const)('%s: RangeError for %o to %o', async (name, start, end) => {
    expect(await outcomeOf(() => part(sealed, start, end))).toBe('RangeError')
    expect(await misuseOf(() => part(sealed, start, end))).toMatch(new RegExp(`^${name}: `))
  })

  test('from a Blob, and from a File', async () => {
    for (const blob of [new Blob([sealed]), new File([sealed], 'sealed')]) {
      expect(Buffer.compare(await part(blob), plaintext)).toBe(0)
      expect(
        Buffer.compare(await part(blob, 20_000, 40_000), plaintext.subarray(20_000, 40_000)),
      ).toBe(0)
    }
  })

  test('from a source that gives too little, too much, or is cut or longer', async () => {
    const from = (size: number, change: (bytes: Uint8Array) => Uint8Array) =>
      outcomeOf(() =>
        part({
          size,
          read: async (offset, length) => change(sealed.subarray(offset, offset + length)),
        }),
      )
    expect(await from(sealed.length, (bytes) => bytes)).toBe('none')
    expect(await from(sealed.length, (bytes) => bytes.subarray(1))).toBe('TRUNCATED')
    expect(await from(sealed.length, (bytes) => Buffer.concat([bytes, bytes]))).toBe('FORMAT')
    expect(await from(sealed.length + 9, (bytes) => bytes)).toBe('TRUNCATED')
    expect(['OPEN', 'SIGNATURE']).toContain(await from(sealed.length - 9, (bytes) => bytes))
  })

  test('the error of a source of its own comes through', async () => {
    const source = { size: sealed.length, read: () => Promise.reject(new Error('disk')) }
    await expect(openRange(source, opening)).rejects.toThrow('disk')
  })
})

describe('a length that is not the true one is refused before anything is released', () => {
  test('64 TiB, by the word of the source alone: no memory is taken for them', async () => {
    const read = async (offset: number, length: number) => two.slice(offset, offset + length)
    const refused = () => openRange({ size: 2 ** 46, read }, opening)
    expect(await outcomeOf(refused)).toBe('TRUNCATED')
  })

  test.each([
    ['cut within a chunk', one, (end: number) => end - 2 * SEALED_CHUNK - 50, 'OPEN'],
    ['cut after a full chunk', one, (end: number) => end - 116, 'TRUNCATED'],
    ['a byte more', one, (end: number) => end + 1, 'OPEN'],
    ['two recipients, cut within a chunk', two, (end: number) => end - 50, 'SIGNATURE'],
  ] as const)('%s', async (_name, sealed, move, code) => {
    const { head, chunks, trailer } = await takeApart(sealed)
    const content = Buffer.concat([...chunks, new Uint8Array(1)])
    const cut = content.subarray(0, move(content.length - 1))
    const source = new Uint8Array(Buffer.concat([head, cut, trailer]))
    const error = await errorOf(() => openRange(source, { ...opening, end: 10 }))
    expect(error).toMatchObject({ code, hint: expect.stringContaining('compare the sizes') })
  })
})

/** A stream of that many bytes of zeros, of which chunks are sealed when they are read; its trailer is none. */
async function endless(size: number) {
  const sealed = await sealBytes(new Uint8Array(0), { to: bob.public, from: alice })
  const { head, trailer } = await takeApart(sealed)
  const cipher = await cipherOf(sealed, { as: bob, from: alice })
  const chunks = Math.floor(size / CHUNK) + 1
  const end = head.length + size + chunks * 16
  const touched = new Set<number>()
  let bytesRead = 0
  const chunk = async (index: number) => {
    const length = index === chunks - 1 ? size % CHUNK : CHUNK
    const plain = new Uint8Array(length)
    if (length >= 8) new DataView(plain.buffer).setBigUint64(0, BigInt(index))
    const out = new Uint8Array(length + 16)
    await cipher.seal({ first: index, plaintext: plain, sealed: out })
    return out
  }
  const source: SeekableSource = {
    size: end + trailer.length,
    async read(offset, length) {
      const out = new Uint8Array(length)
      const put = (bytes: Uint8Array, at: number) => {
        const from = Math.max(0, offset - at)
        const piece = bytes.subarray(from, Math.max(from, offset + length - at))
        out.set(piece, Math.max(0, at - offset))
      }
      bytesRead += length
      if (offset < head.length) put(head, 0)
      const first = Math.max(0, Math.floor((offset - head.length) / SEALED_CHUNK))
      const last = Math.ceil((Math.min(offset + length, end) - head.length) / SEALED_CHUNK)
      for (let i = first; i < last; i++) {
        if (offset >= head.length) touched.add(i)
        put(await chunk(i), head.length + i * SEALED_CHUNK)
      }
      return out
    },
  }
  return { source, touched, bytesRead: () => bytesRead }
}

describe('large', () => {
  const GIB = 2 ** 30
  test.each([
    ['1 GiB', GIB],
    ['more than 2^32 bytes', 5 * GIB + 7],
    ['more than 2^31 chunks', 2 ** 45 + 3 * CHUNK + 1],
    ['the largest', 2 ** 46 - 1],
  ] as const)(
    '64 KiB out of %s: the head, the last chunk, and at most five',
    async (_name, size) => {
      const { source, touched, bytesRead } = await endless(size)
      const start = Math.floor(size / 2 / CHUNK) * CHUNK - 5
      const { stream, size: told } = await openRange(source, {
        ...opening,
        start,
        end: start + 65_536,
      })
      expect(told).toBe(size)
      const bytes = await read(stream)
      expect(bytes.length).toBe(65_536)
      expect(new DataView(bytes.buffer).getBigUint64(5)).toBe(BigInt((start + 5) / CHUNK))
      expect(touched.size).toBeLessThanOrEqual(6)
      expect(bytesRead()).toBeLessThan(8 * 1024 + 7 * SEALED_CHUNK)
    },
  )

  test('a byte more: LIMIT', async () => {
    const { source } = await endless(2 ** 46)
    expect(await outcomeOf(() => openRange(source, opening))).toBe('LIMIT')
  })

  test('a range is read as its reader asks for it', async () => {
    const { source, bytesRead } = await endless(64 * 1024 * 1024)
    const { stream } = await openRange(source, opening)
    const reader = stream.getReader()
    await reader.read()
    for (let i = 0; i < 300; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(bytesRead()).toBeLessThan(4 * 1024 * 1024)
    await reader.cancel()
  })
})

describe('the adapters of the documentation', () => {
  test('a file', async () => {
    const path = join(tmpdir(), `zkeb-stream-${process.pid}-${Math.random()}`)
    await writeFile(path, one)
    const file = await openFile(path)
    try {
      const size = (await file.stat()).size
      const readFile = async (position: number, length: number) => {
        const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(length), position })
        return buffer.subarray(0, bytesRead)
      }
      const bytes = await part({ size, read: readFile }, 20_000, 60_000)
      expect(Buffer.compare(bytes, plaintext.subarray(20_000, 60_000))).toBe(0)
    } finally {
      await file.close()
      await rm(path)
    }
  })

  test('a server that knows ranges', async () => {
    const server = createServer(({ headers: { range = '' } }, response) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? []
      response.writeHead(206)
      response.end(one.subarray(Number(first), Number(last) + 1))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const fetchRange = async (offset: number, length: number, signal?: AbortSignal) => {
      const headers = { range: `bytes=${offset}-${offset + length - 1}` }
      const response = await fetch(url, { headers, signal: signal ?? null })
      if (response.status !== 206) throw new Error(`${response.status} for a range`)
      return new Uint8Array(await response.arrayBuffer())
    }
    try {
      const bytes = await part({ size: one.length, read: fetchRange }, 20_000, 60_000)
      expect(Buffer.compare(bytes, plaintext.subarray(20_000, 60_000))).toBe(0)
    } finally {
      server.close()
    }
  })
})

describe('a source that cannot be trusted', () => {
  test('a length of 1 TiB costs no memory before there is content', async () => {
    const source = {
      size: 2 ** 40,
      read: async (offset: number, n: number) => two.slice(offset, offset + n),
    }
    expect(await outcomeOf(() => part(source))).toBe('TRUNCATED')
    expect(await outcomeOf(() => part({ ...source, size: 2 ** 45 }))).toBe('TRUNCATED')
  })

  test('one that never answers can be left', async () => {
    const reason = new Error('enough')
    for (const answers of [0, 1]) {
      let asked = 0
      const controller = new AbortController()
      const hangs = () => {
        controller.abort(reason)
        return new Promise<Uint8Array>(() => undefined)
      }
      const source = {
        size: two.length,
        read: async (offset: number, n: number) =>
          asked++ < answers ? two.slice(offset, offset + n) : hangs(),
      }
      const opened = openRange(source, { ...opening, signal: controller.signal })
      await expect(opened).rejects.toBe(reason)
    }
  })
})

test('what is released is not a view of what was not asked for', async () => {
  const { stream } = await openRange(one, { ...opening, start: 100, end: 102 })
  const reader = stream.getReader()
  const { value } = await reader.read()
  expect(value?.length).toBe(2)
  expect(value?.buffer.byteLength).toBe(2)
})

test.each([
  ['now', { now: Number.NaN }],
  ['associatedData', { associatedData: new Map() as never }],
] as const)('misuse of %s is told at once', (name, options) => {
  expect(() => openStream({ ...opening, ...options })).toThrow(new RegExp(`^${name}: `))
})
