import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { KEY_FILES, PASSWORD } from '../support/key-files'

const home = process.cwd()
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zkeb-core-readme-'))
  process.chdir(folder)
})

afterEach(async () => {
  process.chdir(home)
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true })
})

const FILES = {
  'encryption.key': KEY_FILES.x25519Encrypted,
  'signing.key': KEY_FILES.ed25519Encrypted,
  'encryption.crt': KEY_FILES.x25519Certificate,
  'signing.crt': KEY_FILES.ed25519Certificate,
}

test.each([
  // @ts-expect-error the module is made of the README's code
  ['the first example', () => import('readme:core/node/0'), [['hello']]],
  // @ts-expect-error the module is made of the README's code
  ['key files', () => import('readme:core/node/1'), [['hello']]],
  // @ts-expect-error the module is made of the README's code
  ['a KMS', () => import('readme:core/node/2'), [['hello']]],
  // @ts-expect-error the module is made of the README's code
  ['a replay guard', () => import('readme:core/node/3'), [['pay 5'], [true]]],
  // @ts-expect-error the module is made of the README's code
  ['a part of a file', () => import('readme:core/node/4'), [['and its end']]],
  // @ts-expect-error the module is made of the README's code
  ['an account', () => import('readme:core/node/5'), [[true], ['a'], ['SIGNER_UNKNOWN']]],
  // @ts-expect-error the module is made of the README's code
  ['a large backup', () => import('readme:core/node/6'), [['film', 300_000, 10]]],
])('%s of the README of core runs as it stands', async (_name, run, expected) => {
  vi.stubEnv('KEY_PASSWORD', PASSWORD)
  for (const [name, text] of Object.entries(FILES)) await writeFile(name, text)
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  await run()
  expect(log.mock.calls).toEqual(expected)
})
