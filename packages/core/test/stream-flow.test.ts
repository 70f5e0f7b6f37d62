/** Streams as streams: back-pressure, buffers, aborts, progress, and the streams of Node. */
import { Duplex, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openRange, openStream, sealStream } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../../../test/support/bytes'
import { people } from '../../../test/support/identities'
import { errorOf, misuseOf, outcomeOf } from '../../../test/support/outcome'
import { flow, read, readableOf, sealBytes } from '../../../test/support/streams'

const { alice, bob, carol } = await people('alice', 'bob', 'carol')
const sealing = { to: bob.public, from: alice }
const opening = { as: bob, from: alice.public }
const MIB = 1024 * 1024
const plaintext = patternBytes(MIB + 11)
const sealed = await sealBytes(plaintext, sealing)

describe('back-pressure', () => {
  test.each([
    ['sealStream', () => sealStream(sealing), plaintext],
    ['openStream', () => openStream(opening), sealed],
  ] as const)(
    '%s: what is written does not run ahead of what is read',
    async (_name, make, input) => {
      const pieces = 8
      const { readable, writable } = make()
      const reader = readable.getReader()
      const writer = writable.getWriter()
      let written = 0
      let out = 0
      const writing = (async () => {
        // Not 8 times the same stream: what comes behind it is refused, but not before it is read.
        const size = Math.ceil(input.length / (16 * pieces))
        for (let i = 0; i < input.length; i += size) {
          const piece = input.subarray(i, i + size)
          await writer.write(piece)
          written += piece.length
        }
        await writer.close()
      })()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        out += value.length
        // Everything else has time to run as far as it can.
        for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
        expect(written - out).toBeLessThan(512 * 1024)
      }
      await writing
      expect(written).toBe(input.length)
    },
  )

  test('nobody reads: a write waits, and openStream does not take what it cannot give', async () => {
    const { writable } = openStream(opening)
    const writer = writable.getWriter()
    await writer.write(sealed.subarray(0, 16_384))
    let written = 16_384
    void (async () => {
      for (let i = written; i < sealed.length; i += 16_384) {
        await writer.write(sealed.subarray(i, i + 16_384))
        written = i + 16_384
      }
    })()
    for (let i = 0; i < 300; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(written).toBeLessThan(600 * 1024)
  })
})

describe('buffers', () => {
  test('one buffer is used for every write, and again once the write is done', async () => {
    const through = async (input: Uint8Array, { readable, writable }: TransformStream) => {
      const output = read(readable)
      const writer = writable.getWriter()
      const buffer = new Uint8Array(50_000)
      for (let i = 0; i < input.length; i += buffer.length) {
        const piece = input.subarray(i, i + buffer.length)
        buffer.set(piece)
        await writer.write(buffer.subarray(0, piece.length))
        buffer.fill(0xee)
      }
      await writer.close()
      return output
    }
    const again = await through(plaintext, sealStream(sealing))
    expect(Buffer.compare(await through(again, openStream(opening)), plaintext)).toBe(0)
  })

  test('views, Buffers of the pool, shared memory: only what was given is read', async () => {
    const inShared = (bytes: Uint8Array) => {
      const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 20), 10, bytes.length)
      shared.set(bytes)
      return shared
    }
    const inView = (bytes: Uint8Array) => {
      const whole = new Uint8Array(bytes.length + 20).fill(0xee)
      whole.set(bytes, 10)
      return whole.subarray(10, 10 + bytes.length)
    }
    for (const move of [inShared, inView, (bytes: Uint8Array) => Buffer.from(bytes)]) {
      for (const size of [100, 40_000]) {
        const bytes = patternBytes(size)
        const through = await flow([move(bytes)], sealStream(sealing))
        expect(Buffer.compare(await flow([move(through)], openStream(opening)), bytes)).toBe(0)
        const { stream } = await openRange(move(through), { ...opening, start: 7 })
        expect(Buffer.compare(await read(stream), bytes.subarray(7))).toBe(0)
      }
    }
  })

  test('what comes out lies in memory of its own', async () => {
    for (const [input, through] of [
      [plaintext, sealStream(sealing)],
      [sealed, openStream(opening)],
    ] as const) {
      const reader = readableOf(input).pipeThrough(through).getReader()
      const { value } = await reader.read()
      expect(value?.constructor).toBe(Uint8Array)
      expect(value?.buffer.byteLength).toBe(value?.length)
      await reader.cancel()
    }
  })
})

describe('ends before its time', () => {
  const make = {
    sealStream: (signal?: AbortSignal) => sealStream({ ...sealing, ...(signal && { signal }) }),
    openStream: (signal?: AbortSignal) => openStream({ ...opening, ...(signal && { signal }) }),
  }
  const input = { sealStream: plaintext, openStream: sealed }
  const reason = new Error('enough')

  describe.each(['sealStream', 'openStream'] as const)('%s', (name) => {
    test('aborted in the middle: both sides end with the reason', async () => {
      const controller = new AbortController()
      const { readable, writable } = make[name](controller.signal)
      const reader = readable.getReader()
      const writer = writable.getWriter()
      const writing = errorOf(async () => {
        for (;;) await writer.write(input[name].subarray(0, 300_000))
      })
      await reader.read()
      controller.abort(reason)
      expect(await errorOf(() => reader.read())).toBe(reason)
      expect(await writing).toBe(reason)
      expect(await errorOf(() => writer.closed)).toBe(reason)
    })

    test('aborted before it began', async () => {
      const { readable, writable } = make[name](AbortSignal.abort(reason))
      expect(await errorOf(() => readable.getReader().read())).toBe(reason)
      expect(await errorOf(() => writable.getWriter().write(input[name]))).toBe(reason)
    })

    test('the writer aborts: the reader learns why', async () => {
      const { readable, writable } = make[name]()
      const writer = writable.getWriter()
      await writer.write(input[name].subarray(0, 1000))
      await writer.abort(reason)
      expect(await errorOf(() => read(readable))).toBe(reason)
    })

    test('the reader cancels: the writer learns why', async () => {
      const { readable, writable } = make[name]()
      const writer = writable.getWriter()
      const writing = errorOf(async () => {
        for (;;) await writer.write(input[name].subarray(0, 300_000))
      })
      await readable.cancel(reason)
      expect(await writing).toBe(reason)
    })

    test.each([undefined, null, 'text', [1], new ArrayBuffer(4), new Uint16Array(2)])(
      'writing %o: TypeError',
      async (piece) => {
        const { readable, writable } = make[name]()
        const failed = errorOf(() => read(readable))
        const writer = writable.getWriter()
        expect(await outcomeOf(() => writer.write(piece as never))).toBe('TypeError')
        expect(await failed).toBeInstanceOf(TypeError)
      },
    )
  })

  test('opened tells the same, whenever it ends, and need not be awaited', async () => {
    const early = openStream({ ...opening, signal: AbortSignal.abort(reason) })
    expect(await errorOf(() => early.opened)).toBe(reason)
    const cancelled = openStream(opening)
    void cancelled.readable.cancel(reason)
    expect(await errorOf(() => cancelled.opened)).toBe(reason)
    const aborted = openStream(opening)
    void aborted.writable.abort(reason)
    expect(await errorOf(() => aborted.opened)).toBe(reason)
    const stranger = openStream({ as: carol, from: alice.public })
    expect(await outcomeOf(() => flow(sealed, stranger))).toBe('NOT_RECIPIENT')
    expect(await outcomeOf(() => stranger.opened)).toBe('NOT_RECIPIENT')
    // Nobody asks these; vitest fails a run with an unhandled rejection.
    expect(await outcomeOf(() => flow(sealed.subarray(1), openStream(opening)))).toBe('FORMAT')
  })

  test('openRange, aborted while its source hangs, and between windows', async () => {
    const controller = new AbortController()
    let hang = false
    const asked: (AbortSignal | undefined)[] = []
    const source = {
      size: sealed.length,
      read: async (offset: number, length: number, signal?: AbortSignal) => {
        asked.push(signal)
        if (hang) await new Promise(() => {})
        return sealed.subarray(offset, offset + length)
      },
    }
    const { stream } = await openRange(source, { ...opening, signal: controller.signal })
    expect(asked.every((signal) => signal === controller.signal)).toBe(true)
    hang = true
    const failed = errorOf(() => read(stream))
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort(reason)
    expect(await failed).toBe(reason)
    const options = { ...opening, signal: AbortSignal.abort(reason) }
    expect(await errorOf(() => openRange(sealed, options))).toBe(reason)
  })
})

test('progress: bytes of plaintext, growing, up to all of them', async () => {
  const told: Record<string, number[]> = { seal: [], open: [], range: [] }
  const onProgress = (name: string) => (bytes: number) => told[name]?.push(bytes)
  const again = await sealBytes(plaintext, { ...sealing, onProgress: onProgress('seal') })
  await flow(again, openStream({ ...opening, onProgress: onProgress('open') }))
  const range = { ...opening, start: 100_000, onProgress: onProgress('range') }
  await read((await openRange(again, range)).stream)
  for (const [name, list] of Object.entries(told)) {
    expect(list.length).toBeGreaterThan(1)
    expect(list.every((bytes, i) => i === 0 || bytes > (list[i - 1] as number))).toBe(true)
    expect(list.at(-1)).toBe(plaintext.length - (name === 'range' ? 100_000 : 0))
  }
})

test('a failing onProgress ends the stream', async () => {
  const onProgress = () => {
    throw new Error('mine')
  }
  const failed = await errorOf(() => flow(sealed, openStream({ ...opening, onProgress })))
  expect(failed).toMatchObject({ message: 'mine' })
})

describe('Node', () => {
  const pieces = () => {
    const list: Uint8Array[] = []
    for (let i = 0; i < plaintext.length; i += 65_536) list.push(plaintext.subarray(i, i + 65_536))
    return list
  }
  const collect = () => {
    const out: Buffer[] = []
    const writable = new Writable({
      write(piece: Buffer, _encoding, done) {
        out.push(piece)
        setImmediate(done)
      },
    })
    return { writable, bytes: () => Buffer.concat(out) }
  }

  test('pipeline takes both streams as they are', async () => {
    const { writable, bytes } = collect()
    const through = [sealStream(sealing), openStream(opening)] as const
    await pipeline(Readable.from(pieces()), ...(through as never as [Duplex, Duplex]), writable)
    expect(Buffer.compare(bytes(), plaintext)).toBe(0)
  })

  test('pipeline fails with our error, and aborts the rest', async () => {
    const { writable } = collect()
    const through = openStream({ as: carol, from: alice.public })
    const outcome = outcomeOf(() =>
      pipeline(Readable.from([sealed]), through as never as Duplex, writable),
    )
    expect(await outcome).toBe('NOT_RECIPIENT')
    expect(writable.destroyed).toBe(true)
  })

  test('Duplex.fromWeb, Readable.toWeb, Writable.toWeb', async () => {
    const { writable, bytes } = collect()
    await pipeline(Readable.from(pieces()), Duplex.fromWeb(sealStream(sealing) as never), writable)
    const back = collect()
    await (Readable.toWeb(Readable.from([bytes()])) as unknown as ReadableStream<Uint8Array>)
      .pipeThrough(openStream(opening))
      .pipeTo(Writable.toWeb(back.writable))
    expect(Buffer.compare(back.bytes(), plaintext)).toBe(0)
  })
})

describe('misuse is told at once', () => {
  const seal = (options: object) => misuseOf(() => sealStream({ ...sealing, ...options }))
  const open = (options: object) => misuseOf(() => openStream({ ...opening, ...options }))

  test.each([
    ['from', () => seal({ from: alice.public })],
    ['to', () => seal({ to: [] })],
    ['to', () => seal({ to: [bob.public, bob.public] })],
    ['expiresAt', () => seal({ now: 5, expiresAt: 5 })],
    ['metadata', () => seal({ metadata: [] })],
    ['associatedData', () => seal({ associatedData: 0.5 })],
    ['associatedData', () => seal({ associatedData: 'x'.repeat(65_536) })],
    ['onProgress', () => seal({ onProgress: 1 })],
    ['signal', () => seal({ signal: {} })],
    ['as', () => open({ as: bob.public })],
    ['from', () => open({ from: alice })],
    ['onProgress', () => open({ onProgress: {} })],
    ['signal', () => open({ signal: null })],
    ['source', () => misuseOf(() => openRange({ size: 1 } as never, opening))],
    ['source', () => misuseOf(() => openRange({ size: -1, read: async () => sealed }, opening))],
    ['source', () => misuseOf(() => openRange(undefined as never, opening))],
    [
      'source.read',
      () => misuseOf(() => openRange({ size: 9, read: async () => 'x' as never }, opening)),
    ],
    ['as', () => misuseOf(() => openRange(sealed, undefined as never))],
  ] as const)('%s', async (name, misuse) => {
    expect(await misuse()).toMatch(new RegExp(`^${name}: `))
  })

  test('without a promise: thrown by the call itself', () => {
    expect(() => sealStream({ ...sealing, associatedData: 0.5 })).toThrow(TypeError)
    expect(() => openStream({ ...opening, as: undefined as never })).toThrow(TypeError)
  })
})
