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

const EXAMPLES = {
  // @ts-expect-error the module is made of the README's code
  operations: () => import('readme:node-store/node/0'),
  // @ts-expect-error the module is made of the README's code
  receiver: () => import('readme:node-store/node/1'),
  // @ts-expect-error the module is made of the README's code
  kms: () => import('readme:node-store/node/2'),
}

test.each([
  ['the operations', EXAMPLES.operations, [[2], ['card 4343'], [['billing', 'audit']]]],
  ['a receiver without the database', EXAMPLES.receiver, [['invoice 7'], ['decrypted']]],
  ['a KMS', EXAMPLES.kms, [['to myself']]],
])('%s of the README of node-store run as they stand', async (_name, run, expected) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  await run()
  expect(log.mock.calls).toEqual(expected)
})
