import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity } from '@zkeb/core'
import { fileKeys } from '@zkeb/node-store'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { codeOf } from './support/codes'

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>()
  return { ...real, link: vi.fn(real.link) }
})

describe('key files where there are no hard links', () => {
  let folder: string
  beforeEach(async () => {
    folder = await fs.mkdtemp(join(tmpdir(), 'zkeb-links-'))
  })
  afterEach(() => fs.rm(folder, { recursive: true, force: true }))

  test.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])(
    'link refused with %s is KEY, and no file is left',
    async (code) => {
      const refuse = async () => {
        throw Object.assign(new Error('refused'), { code })
      }
      vi.mocked(fs.link).mockImplementationOnce(refuse).mockImplementationOnce(refuse)
      const keys = fileKeys(folder)
      const identity = await generateIdentity({ modulusLength: 2048, extractable: true })
      expect(await codeOf(keys.save('vault', identity))).toBe('KEY')
      expect(await codeOf(keys.storageKey('vault'))).toBe('KEY')
      expect(await fs.readdir(join(folder, 'vault'))).toEqual([])
    },
  )
})
