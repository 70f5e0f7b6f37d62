import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

const home = process.cwd()
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zkeb-store-readme-'))
  process.chdir(folder)
})

afterEach(async () => {
  process.chdir(home)
  vi.restoreAllMocks()
  await rm(folder, { recursive: true })
})

test.each([
  // @ts-expect-error the module is made of the README's code
  [
    'the operations',
    () => import('readme:node-store/node/0'),
    [[2], ['card 4343'], [['billing', 'audit']]],
  ],
  // @ts-expect-error the module is made of the README's code
  [
    'a receiver without the database',
    () => import('readme:node-store/node/1'),
    [['invoice 7'], ['decrypted']],
  ],
  // @ts-expect-error the module is made of the README's code
  ['a KMS', () => import('readme:node-store/node/2'), [['to myself']]],
])('%s of the README of node-store run as they stand', async (_name, run, expected) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  await run()
  expect(log.mock.calls).toEqual(expected)
})
