import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, type Identity, open, seal } from '@zkeb/core'
import { fileKeys } from '@zkeb/node-store'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf } from './support/codes'

describe('fileKeys', () => {
  let folder: string
  let alice: Identity
  let bob: Identity
  beforeAll(async () => {
    const options = { modulusLength: 2048, extractable: true } as const
    ;[alice, bob] = await Promise.all([generateIdentity(options), generateIdentity(options)])
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zkeb-keys-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('a saved identity is found again, seals and opens', async () => {
    const saved = await fileKeys(folder).save('vault', alice)
    const keys = fileKeys(folder)
    const ref = { service: 'vault', keyId: saved.encryption }
    const found = await keys.publicIdentity(ref)
    expect(found?.fingerprint).toEqual(alice.public.fingerprint)
    expect(found?.encryption.keyId).toBe(saved.encryption)
    expect(found?.signing.keyId).toBe(saved.signing)
    const decrypter = await keys.decrypter(ref)
    const signer = await keys.signer({ service: 'vault', keyId: saved.signing })
    if (!found || !decrypter || !signer) throw new Error('not found')
    const envelope = await seal('x', { to: found, from: { public: found, signer } })
    const opened = await open(envelope, { as: { public: found, decrypter }, from: found })
    expect(opened.text()).toBe('x')
  })

  test('private files are 0600 in a 0700 folder, and nothing else is left there', async () => {
    const keys = fileKeys(join(folder, 'new'))
    await keys.save('vault', alice)
    await keys.storageKey('vault')
    const inside = join(folder, 'new', 'vault')
    const name = Buffer.from(alice.public.fingerprint).toString('hex').slice(0, 16)
    expect((await readdir(inside)).sort()).toEqual(
      [
        `${name}.encryption.key.pem`,
        `${name}.encryption.pub.pem`,
        `${name}.signing.key.pem`,
        `${name}.signing.pub.pem`,
        'storage.key',
      ].sort(),
    )
    const mode = async (path: string) => (await stat(path)).mode & 0o777
    expect(await mode(inside)).toBe(0o700)
    for (const file of [`${name}.encryption.key.pem`, `${name}.signing.key.pem`, 'storage.key']) {
      expect(await mode(join(inside, file))).toBe(0o600)
    }
    expect(await readFile(join(inside, `${name}.signing.key.pem`), 'utf8')).toMatch(
      /^-----BEGIN PRIVATE KEY-----/,
    )
  })

  test('a file that is there is never overwritten', async () => {
    const keys = fileKeys(folder)
    const { encryption } = await keys.save('vault', alice)
    const name = encryption.split('/')[1]
    const path = join(folder, 'vault', `${name}.encryption.key.pem`)
    await writeFile(path, 'precious')
    await keys.save('vault', alice)
    expect(await readFile(path, 'utf8')).toBe('precious')
    expect(await codeOf(keys.decrypter({ service: 'vault', keyId: encryption }))).toBe('KEY')
  })

  test('a key of one service is unknown to every other', async () => {
    const keys = fileKeys(folder)
    const { encryption, signing } = await keys.save('vault', alice)
    await keys.save('response', bob)
    for (const keyId of [encryption, signing]) {
      expect(await keys.publicIdentity({ service: 'response', keyId })).toBeUndefined()
      expect(await keys.decrypter({ service: 'response', keyId })).toBeUndefined()
      expect(await keys.signer({ service: 'response', keyId })).toBeUndefined()
    }
    // Not even where both services keep the same identity: the id names its service.
    await keys.save('response', alice)
    expect(await keys.publicIdentity({ service: 'response', keyId: encryption })).toBeUndefined()
  })

  test.each([
    '../vault/0123456789abcdef/encryption',
    'vault/../0123456789abcdef/encryption',
    'vault/..%2f..%2fetc/encryption',
    'vault/0123456789abcde/encryption',
    'vault/0123456789ABCDEF/encryption',
    'vault/0123456789abcdef/encryption/',
    'vault/0123456789abcdef/encryption\n',
    'vault/0123456789abcdef/storage',
    '',
  ])('a key id like %j leads nowhere', async (keyId) => {
    expect(await fileKeys(folder).publicIdentity({ service: 'vault', keyId })).toBeUndefined()
  })

  test.each(['..', '.', '', 'a/b', 'a\\b', 'Vault', 'vault\0', '-v', 'x'.repeat(101)])(
    'a service named %j is refused before any path is made of it',
    async (service) => {
      const keys = fileKeys(join(folder, 'sub'))
      await expect(keys.save(service, alice)).rejects.toThrow(TypeError)
      await expect(keys.savePublic(service, alice.public)).rejects.toThrow(TypeError)
      await expect(keys.storageKey(service)).rejects.toThrow(TypeError)
      expect(await readdir(folder)).toEqual([])
    },
  )

  test('key files exchanged for another identity’s are KEY', async () => {
    const keys = fileKeys(folder)
    const a = await keys.save('vault', alice)
    const b = await keys.save('vault', bob)
    const file = (id: string, end: string) =>
      join(folder, 'vault', `${id.split('/')[1]}.${end}.pem`)
    for (const end of ['encryption.pub', 'signing.pub', 'encryption.key', 'signing.key']) {
      await rename(file(b.encryption, end), file(a.encryption, end))
    }
    const ref = { service: 'vault', keyId: a.encryption }
    expect(await codeOf(keys.publicIdentity(ref))).toBe('KEY')
    expect(await codeOf(keys.decrypter(ref))).toBe('KEY')
  })

  test('an identity is imported once, until a file of it is deleted or changed', async () => {
    const keys = fileKeys(folder)
    const { encryption, signing } = await keys.save('vault', alice)
    const other = await keys.save('vault', bob)
    const ref = { service: 'vault', keyId: encryption }
    const first = await keys.decrypter(ref)
    expect(first).toBeDefined()
    expect(await keys.decrypter(ref)).toBe(first)
    expect(await keys.publicIdentity(ref)).toBe(await keys.publicIdentity(ref))
    // Another key of the folder, and the other half of the same identity.
    expect(await keys.decrypter({ service: 'vault', keyId: other.encryption })).not.toBe(first)
    expect(await keys.signer({ service: 'vault', keyId: signing })).toBeDefined()
    expect(await keys.decrypter(ref)).toBe(first)

    const path = join(folder, 'vault', `${encryption.split('/')[1]}.encryption.key.pem`)
    const pem = await readFile(path)
    await rm(path)
    expect(await keys.decrypter(ref)).toBeUndefined()
    await writeFile(
      path,
      await readFile(
        path.replace(/[^/]*$/, `${other.encryption.split('/')[1]}.encryption.key.pem`),
      ),
    )
    expect(await codeOf(keys.decrypter(ref))).toBe('KEY')
    await writeFile(path, pem)
    expect(await keys.decrypter(ref)).toBeDefined()
  })

  test('the storage key is made once, also by many at once, and a damaged one is KEY', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => fileKeys(folder).storageKey('vault')),
    )
    expect(new Set(all.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1)
    expect(all[0]).toHaveLength(32)
    expect(await fileKeys(folder).storageKey('other')).not.toEqual(all[0])
    await writeFile(join(folder, 'vault', 'storage.key'), 'short')
    expect(await codeOf(fileKeys(folder).storageKey('vault'))).toBe('KEY')
  })

  test('a location names the file and fits its column, however deep the folder', async () => {
    const keyId = 'vault/0123456789abcdef/signing'
    const ref = { service: 'vault', keyId }
    expect(fileKeys(folder).location(ref)).toBe(
      `file:${join(folder, 'vault', '0123456789abcdef.signing.key.pem')}`,
    )
    const deep = join(folder, 'x'.repeat(200), 'y'.repeat(100))
    await mkdir(deep, { recursive: true })
    expect(fileKeys(deep).location(ref).length).toBeLessThanOrEqual(255)
  })

  test('an identity that must not be exported is KEY', async () => {
    const fixed = await generateIdentity({ modulusLength: 2048 })
    expect(await codeOf(fileKeys(folder).save('vault', fixed))).toBe('KEY')
  })
})
