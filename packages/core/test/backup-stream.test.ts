/** Backups whose content is in an object: streams, ranges, and uploads that are resumed. */
import {
  type BackupProgress,
  type BackupRow,
  openBackup,
  openBackupRange,
  openBackupStream,
  type RecordedChunks,
  resumeBackupStream,
  sealBackup,
  sealBackupStream,
  verifyBackup,
} from '@zkeb/core/backup'
import { describe, expect, test } from 'vitest'
import { accountOf } from '../../../test/support/backup-accounts'
import { bytesToHex, patternBytes } from '../../../test/support/bytes'
import { peopleOf } from '../../../test/support/identities'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import { cutAt, flow, flowUntilError, read, readUntilError } from '../../../test/support/streams'

const LAPTOP = '00000000-0000-4000-8000-000000000001'
const PHONE = '00000000-0000-4000-8000-000000000002'
const userId = '11111111-1111-4111-8111-111111111111'
const NOW = 1_790_000_000_000
const CHUNK = 16_384
const MIB = 1024 * 1024

const { alice, bob } = await peopleOf('x25519')
const setup = {
  devices: {
    [LAPTOP]: { identity: alice, active: [0, 1] },
    [PHONE]: { identity: bob, active: [0, 1] },
  },
}
const laptop = await accountOf(LAPTOP, setup)
const phone = await accountOf(PHONE, setup)
const opening = { as: phone, userId, now: NOW }

async function upload(content: Uint8Array, options: object = {}) {
  const sealing = sealBackupStream({
    ...{ as: laptop, userId, name: 'disk', now: NOW, size: content.length },
    ...options,
  })
  const object = await flow(cutAt(content, [1, 5000, 100_000]), sealing)
  return { object, row: await sealing.row }
}
const open = (row: BackupRow, object: Uint8Array, options: object = {}) =>
  flow(cutAt(object, [7, 40_000]), openBackupStream(row, { ...opening, ...options }))
const codeOf = (error: unknown) => outcomeOf(() => Promise.reject(error))

describe.each([true, false])('padding: %s', (padding) => {
  test.each([0, 1, 16_383, 16_384, 16_385, 300_000, 2 * MIB])('%d bytes', async (n) => {
    const content = patternBytes(n)
    const { object, row } = await upload(content, { padding })
    expect(row.ciphertext.length).toBe(56)
    expect(row.size_bytes).toBe(object.length + 72)
    expect(Buffer.compare(await open(row, object), content)).toBe(0)
    expect(Buffer.compare(await open(row, object, { unverified: true }), content)).toBe(0)
    for (const unverified of [false, true]) {
      const part = { ...opening, source: object, unverified }
      const whole = await openBackupRange(row, part)
      expect(whole.size).toBe(n)
      expect(Buffer.compare(await read(whole.stream), content)).toBe(0)
      const [start, end] = [Math.floor(n / 3), Math.ceil(n / 2)]
      const { stream } = await openBackupRange(row, { ...part, start, end })
      expect(Buffer.compare(await read(stream), content.subarray(start, end))).toBe(0)
    }
  })
})

test('row and object are the message that a row alone holds', async () => {
  const { object, row } = await upload(patternBytes(40_000))
  const whole = { ...row, ciphertext: new Uint8Array([...row.ciphertext, ...object]) }
  const { bytes } = await openBackup(whole, opening)
  expect(Buffer.compare(bytes, patternBytes(40_000))).toBe(0)
  const inRow = await sealBackup(patternBytes(40_000), {
    ...{ as: laptop, userId, name: 'disk', now: NOW },
  })
  const head = { ...inRow, ciphertext: inRow.ciphertext.subarray(0, 56) }
  const opened = await open(head, inRow.ciphertext.subarray(56))
  expect(Buffer.compare(opened, patternBytes(40_000))).toBe(0)
})

test('what the row proves is there before the object; a row with its content is not for streams', async () => {
  const { row } = await upload(patternBytes(40_000))
  const { opened } = openBackupStream(row, opening)
  expect(await opened).toMatchObject({ name: 'disk', size: 40_000 })
  expect(await verifyBackup(row, opening)).toEqual(await opened)
  const sealed = await sealBackup(patternBytes(5), { as: laptop, userId, name: 'x', now: NOW })
  expect(await outcomeOf(() => open(sealed, new Uint8Array(0)))).toBe('FORMAT')
  const source = new Uint8Array(0)
  expect(await outcomeOf(() => openBackupRange(sealed, { ...opening, source }))).toBe('FORMAT')
  const bad = openBackupStream({ ...row, signature: new Uint8Array(64) }, opening)
  expect(await outcomeOf(() => bad.opened)).toBe('SIGNATURE')
})

test('the size that was told is kept: CHANGED, and no row', async () => {
  for (const size of [39_999, 40_001, 40_000 + CHUNK, 0]) {
    const sealing = sealBackupStream({ as: laptop, userId, name: 'disk', size })
    const { error } = await flowUntilError(patternBytes(40_000), sealing)
    expect([await codeOf(error), await outcomeOf(() => sealing.row)]).toEqual([
      'CHANGED',
      'CHANGED',
    ])
  }
})

test('progress counts the content', async () => {
  const seen: number[] = []
  const content = patternBytes(100_000)
  const { object, row } = await upload(content)
  await open(row, object, { onProgress: (bytes: number) => seen.push(bytes) })
  expect(seen.at(-1)).toBe(content.length)
})

test('more than 64 MiB are opened as a range', async () => {
  const size = 64 * MIB + 1
  const content = new Uint8Array(size)
  content[size - 1] = 7
  const { object, row } = await upload(content, { padding: false })
  expect(await outcomeOf(() => open(row, object))).toBe('LIMIT')
  const part = { ...opening, source: new Blob([object]), start: size - 2 }
  expect(bytesToHex(await read((await openBackupRange(row, part)).stream))).toBe('0007')
})

describe('misuse names the argument', () => {
  const sealing = { as: laptop, userId, name: 'x', size: 1 }
  test.each([
    [{ size: -1 }, 'size: in bytes'],
    [{ size: undefined }, 'size: in bytes'],
    [{ size: 1.5 }, 'size: in bytes'],
    [{ record: true }, 'record: a function'],
    [{ signal: 1 }, 'signal: an AbortSignal'],
    [{ onProgress: 1 }, 'onProgress: a function'],
    [{ nmae: 1 }, 'no option nmae'],
    [{ as: null }, 'as: an account'],
  ])('%o', async (wrong, message) => {
    expect(await misuseOf(() => sealBackupStream({ ...sealing, ...wrong } as never))).toBe(message)
  })

  test('of openers', async () => {
    const { object, row } = await upload(patternBytes(10))
    const misuse = (more: object) =>
      misuseOf(() => openBackupRange(row, { ...opening, source: object, ...more } as never))
    expect(await misuse({ end: 11 })).toBe('end: a whole number from 0 to 10')
    expect(await misuse({ start: 3, end: 2 })).toBe('start: a whole number from 0 to 2')
    expect(await misuse({ source: 5 })).toMatch(/^source: /)
    expect(await misuse({ replayGuard: 5 })).toBe('no option replayGuard')
    expect(await misuseOf(() => openBackupStream(row, undefined as never))).toBe('as: an account')
    expect(await misuseOf(() => sealBackupStream(undefined as never))).toBe('size: in bytes')
    const resume = () => resumeBackupStream(undefined as never, undefined as never)
    expect(await misuseOf(resume)).toBe('as: an account')
  })

  test('too much content is told at once', async () => {
    const seal = () => sealBackupStream({ ...sealing, size: 2 ** 46 })
    expect(await outcomeOf(seal)).toBe('LIMIT')
  })
})

describe('an upload that broke off', () => {
  const content = patternBytes(40 * CHUNK + 100)

  /** Uploads until as many bytes have come out; what was recorded by then, and what came out. */
  async function breakOff(bytes: number) {
    const recorded: RecordedChunks[] = []
    const record = async (chunks: RecordedChunks) => {
      await Promise.resolve()
      recorded.push(chunks)
    }
    const options = { as: laptop, userId, name: 'disk', now: NOW, size: content.length, record }
    const sealing = sealBackupStream(options)
    sealing.row.catch(() => {})
    const sent: Uint8Array[] = []
    const reader = sealing.readable.getReader()
    const writer = sealing.writable.getWriter()
    const writes = cutAt(content, [CHUNK + 5, 9 * CHUNK, 20 * CHUNK]).map((it) => writer.write(it))
    for (const write of writes) write.catch(() => {})
    for (let received = 0; received < bytes; ) {
      const { value } = await reader.read()
      sent.push(value as Uint8Array)
      received += (value as Uint8Array).length
    }
    await reader.cancel('broken off')
    return { recorded, sent: Buffer.concat(sent), progress: progressOf(recorded) }
  }

  function progressOf(recorded: readonly RecordedChunks[]): BackupProgress {
    const first = recorded[0] as RecordedChunks
    return {
      draft: structuredClone(first.draft),
      leaves: new Uint8Array(Buffer.concat(recorded.map(({ leaves }) => leaves))),
    }
  }

  test('goes on: the same bytes come out, and the backup opens', async () => {
    const { progress, sent } = await breakOff(10 * CHUNK)
    const resumed = resumeBackupStream(progress, { as: laptop, userId })
    const object = await flow(cutAt(content, [3, 77_777]), resumed)
    expect(Buffer.compare(object.subarray(0, sent.length), sent)).toBe(0)
    const row = await resumed.row
    expect(Buffer.compare(await open(row, object), content)).toBe(0)
    expect(row.id).toBe(progress.draft.id)
  })

  test('every chunk is recorded before it leaves, in order, none twice', async () => {
    const { recorded, sent } = await breakOff(10 * CHUNK)
    let next = 0
    for (const { first, leaves, draft } of recorded) {
      expect([first, draft]).toEqual([next, recorded[0]?.draft])
      next += leaves.length / 32
    }
    expect(next * 16_400).toBeGreaterThanOrEqual(sent.length)
    const again: RecordedChunks[] = []
    const record = (chunks: RecordedChunks) => void again.push(chunks)
    const resumed = resumeBackupStream(progressOf(recorded), { as: laptop, userId, record })
    await flow(content, resumed)
    expect(again[0]?.first).toBe(next)
    expect(again.reduce((sum, { leaves }) => sum + leaves.length / 32, next)).toBe(41 + 1)
  })

  test('where recording fails, nothing leaves', async () => {
    const record = () => Promise.reject(new Error('disk full'))
    const options = { as: laptop, userId, name: 'disk', size: content.length, record }
    const { bytes, error } = await flowUntilError(content, sealBackupStream(options))
    expect([bytes.length, String(error)]).toEqual([0, 'Error: disk full'])
  })

  test.each([
    ['the first byte', 0],
    ['a byte of a chunk in the middle', 5 * CHUNK + 1],
    ['the last byte that was sent', 9 * CHUNK - 1],
  ])('a changed file never emits another chunk under the same nonce: %s', async (_name, at) => {
    const { progress, sent } = await breakOff(10 * CHUNK)
    const changed = content.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    for (const cuts of [[], [CHUNK], [5 * CHUNK + 1, 5 * CHUNK + 2]]) {
      const resumed = resumeBackupStream(progress, { as: laptop, userId })
      const { bytes, error } = await flowUntilError(cutAt(changed, cuts), resumed)
      expect(await codeOf(error)).toBe('CHANGED')
      expect(Buffer.compare(bytes, sent.subarray(0, bytes.length))).toBe(0)
      expect(bytes.length).toBeLessThanOrEqual(at - (at % CHUNK) + 16 * Math.floor(at / CHUNK))
      expect(await outcomeOf(() => resumed.row)).toBe('CHANGED')
    }
  })

  test.each([
    ['shorter', content.subarray(0, 5 * CHUNK + 9)],
    ['longer', new Uint8Array([...content, 1])],
    ['empty', new Uint8Array(0)],
  ])('so does a file that became %s', async (_name, changed) => {
    const { progress, sent } = await breakOff(10 * CHUNK)
    const resumed = resumeBackupStream(progress, { as: laptop, userId })
    const { bytes, error } = await flowUntilError(changed, resumed)
    expect(await codeOf(error)).toBe('CHANGED')
    const both = Math.min(bytes.length, sent.length)
    expect(Buffer.compare(bytes.subarray(0, both), sent.subarray(0, both))).toBe(0)
  })

  test('another generation, another device: CHANGED; another account or user, another draft: refused', async () => {
    const { progress } = await breakOff(CHUNK)
    const outcome = async (as: typeof laptop, given = progress) => {
      const resumed = resumeBackupStream(given, { as, userId })
      const { bytes, error } = await flowUntilError(content, resumed)
      return [bytes.length, await codeOf(error)]
    }
    const later = await accountOf(LAPTOP, { ...setup, generation: 1 })
    expect(await outcome(later)).toEqual([0, 'CHANGED'])
    expect(await outcome(phone)).toEqual([0, 'CHANGED'])
    expect(await outcome(await accountOf(LAPTOP, { ...setup, seed: 'other' }))).toEqual([0, 'OPEN'])
    const { draft, leaves } = progress
    const changed = (more: object) => ({ leaves, draft: { ...draft, ...more } })
    expect(await outcome(laptop, changed({ salt: new Uint8Array(23) }))).toEqual([0, 'FORMAT'])
    expect(await outcome(laptop, changed({ size_bytes: 99 }))).toEqual([0, 'FORMAT'])
    expect(await outcome(laptop, { draft, leaves: leaves.subarray(1) })).toEqual([0, 'FORMAT'])
    expect(await outcome(laptop, null as never)).toEqual([0, 'FORMAT'])
  })

  test('a new beginning has another salt', async () => {
    const { progress } = await breakOff(CHUNK)
    const { row } = await upload(content)
    const salt = bytesToHex(row.ciphertext.subarray(0, 24))
    expect(salt).not.toBe(bytesToHex(progress.draft.salt))
  })
})

test('a source that changes between the two readings releases nothing of the change', async () => {
  const content = patternBytes(40 * CHUNK)
  const { object, row } = await upload(content)
  let reads = 0
  const source = {
    size: object.length,
    async read(offset: number, length: number) {
      const bytes = object.slice(offset, offset + length)
      if (++reads > 2) bytes.fill(0, 100)
      return bytes
    },
  }
  const { stream } = await openBackupRange(row, { ...opening, source })
  const { bytes, error } = await readUntilError(stream)
  expect([bytes.length, await codeOf(error)]).toEqual([0, 'SIGNATURE'])
})
