import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const home = process.cwd()
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zkeb-readme-'))
  process.chdir(folder)
})

afterEach(async () => {
  process.chdir(home)
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

test('the vault example of the README runs as it stands', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  // @ts-expect-error the module is made of the README's code
  await import('readme:node/0')
  expect(log.mock.calls).toEqual([['sk-live-123']])
})

test('the core example of the README runs as it stands', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  // @ts-expect-error the module is made of the README's code
  await import('readme:node/2')
  expect(log.mock.calls).toEqual([['hello']])
})

test('the two services of the README run as they stand', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  // @ts-expect-error the module is made of the README's code
  await import('readme:node/1')
  expect(log.mock.calls).toEqual([[{ card: '4242' }]])
})

test('the streams of the README run as they stand', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  // @ts-expect-error the module is made of the README's code
  await import('readme:node/3')
  expect(log.mock.calls).toEqual([[200_000, new Uint8Array([7, 7, 7])]])
})

test('grants, keyrings and passphrases of the README run as they stand', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  // @ts-expect-error the module is made of the README's code
  await import('readme:node/4')
  expect(log.mock.calls).toEqual([['hello', true, true], ['hello'], ['hello']])
})

test('the account of the README unlocks, and restores', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  // @ts-expect-error the module is made of the README's code
  await import('readme:node/5')
  expect(log.mock.calls).toEqual([[1], ['diary.txt', 'Dear diary']])
})

test('the recovery shares of the README name the bad one', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  // @ts-expect-error the module is made of the README's code
  await import('readme:node/6')
  const bad = { position: 2, index: 3, epoch: 0, reason: 'altered' }
  expect(log.mock.calls).toEqual([[true, [bad]], [true]])
})
