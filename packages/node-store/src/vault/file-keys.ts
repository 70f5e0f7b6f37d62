import { createHash, randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import {
  exportIdentity,
  exportPublicIdentity,
  importIdentity,
  importPublicIdentity,
  type KeyInputs,
  type PublicIdentity,
  ZkebError,
} from '@zkeb/core'
import { ensureFolder, readIfThere, writeOnce } from './key-files'
import {
  assertServiceName,
  identityName,
  type KeyRef,
  type KeySource,
  keyIdsOf,
  MAX_LOCATION,
  nameInKeyId,
  type SavedKeyIds,
  STORAGE_KEY_BYTES,
} from './key-source'

/**
 * Keys in a folder, one folder per service below it: what lies in `<folder>/vault` is trusted as the
 * keys of `vault` and nothing else. Private keys are PKCS#8 PEM (mode 0600), public ones SPKI PEM, the
 * storage key 32 raw bytes:
 *
 * ```
 * <folder>/<service>/<name>.encryption.key.pem   <name>.signing.key.pem      name = 16 hex digits of
 * <folder>/<service>/<name>.encryption.pub.pem   <name>.signing.pub.pem      the identity fingerprint
 * <folder>/<service>/storage.key
 * ```
 *
 * Nothing is ever overwritten. The files are read at every use, so that deleting one takes its key out of
 * use at once; what they hold is imported once and kept in memory while they stay the same.
 *
 * To trust a service whose private keys are elsewhere, copy its two `.pub.pem` files or call
 * `vault.keys.register`. Back the folder up: without it nothing can be opened.
 *
 * @throws TypeError when `folder` is not a path
 */
export function fileKeys(folder: string): Required<Omit<KeySource, 'current'>> {
  if (typeof folder !== 'string' || folder === '') throw new TypeError('folder must be a path')
  const root = resolve(folder)

  /** Only checked service names and names of 16 hex digits ever become part of a path. */
  const pathOf = (service: string, file: string) => {
    assertServiceName(service, 'service')
    return join(root, service, file)
  }

  /** Reads identities from one half of their files, importing each once while its files stay the same. */
  function reader<T>(half: {
    readonly kind: 'key' | 'pub'
    readonly load: (pems: KeyInputs, options: { readonly keyIds: SavedKeyIds }) => Promise<T>
    readonly publicOf: (identity: T) => PublicIdentity
  }): (ref: KeyRef) => Promise<T | undefined> {
    const imported = new Map<string, { readonly digest: string; readonly identity: T }>()
    return async (ref) => {
      const name = nameInKeyId(ref)
      if (name === undefined) return undefined
      const [encryption, signing] = await Promise.all([
        readIfThere(pathOf(ref.service, `${name}.encryption.${half.kind}.pem`)),
        readIfThere(pathOf(ref.service, `${name}.signing.${half.kind}.pem`)),
      ])
      if (encryption === undefined || signing === undefined) return undefined
      const pems = { encryption: encryption.toString('utf8'), signing: signing.toString('utf8') }
      const digest = createHash('sha256').update(JSON.stringify(pems)).digest('hex')
      const keyIds = keyIdsOf(ref.service, name)
      const known = imported.get(keyIds.encryption)
      if (known?.digest === digest) return known.identity
      const identity = await half.load(pems, { keyIds })
      assertNamed(half.publicOf(identity), name)
      imported.set(keyIds.encryption, { digest, identity })
      return identity
    }
  }

  const readPublic = reader({ kind: 'pub', load: importPublicIdentity, publicOf: (own) => own })
  const readPrivate = reader({ kind: 'key', load: importIdentity, publicOf: (own) => own.public })

  async function savePublic(service: string, identity: PublicIdentity) {
    const name = identityName(identity)
    const pems = await exportPublicIdentity(identity, 'pem')
    await ensureFolder(pathOf(service, ''))
    await writeOnce(pathOf(service, `${name}.encryption.pub.pem`), pems.encryption, 0o644)
    await writeOnce(pathOf(service, `${name}.signing.pub.pem`), pems.signing, 0o644)
    return keyIdsOf(service, name)
  }

  return {
    publicIdentity: readPublic,
    decrypter: async (ref) => (await readPrivate(ref))?.decrypter,
    signer: async (ref) => (await readPrivate(ref))?.signer,
    storageKey: async (service) => {
      const path = pathOf(service, 'storage.key')
      let key = await readIfThere(path)
      if (key === undefined) {
        await ensureFolder(pathOf(service, ''))
        await writeOnce(path, randomBytes(STORAGE_KEY_BYTES), 0o600)
        // Read back: of two processes that start at once, one file wins and both must use it.
        key = await readIfThere(path)
      }
      if (key?.length !== STORAGE_KEY_BYTES) {
        throw new ZkebError(
          'KEY',
          `the storage key of ${service} is not ${STORAGE_KEY_BYTES} bytes`,
          {
            hint: 'restore storage.key from a backup; a new one could not open what the old one sealed',
          },
        )
      }
      return new Uint8Array(key)
    },
    location: (ref) => {
      const name = nameInKeyId(ref)
      if (name === undefined) return 'file:unknown'
      const part = ref.keyId.endsWith('/signing') ? 'signing' : 'encryption'
      const path = `file:${pathOf(ref.service, `${name}.${part}.key.pem`)}`
      return path.length <= MAX_LOCATION ? path : `file:${ref.service}/${name}.${part}.key.pem`
    },
    save: async (service, identity) => {
      const name = identityName(identity.public)
      const pems = await exportIdentity(identity, 'pem')
      await ensureFolder(pathOf(service, ''))
      await writeOnce(pathOf(service, `${name}.encryption.key.pem`), pems.encryption, 0o600)
      await writeOnce(pathOf(service, `${name}.signing.key.pem`), pems.signing, 0o600)
      // The public files come last: whoever finds them finds the private ones.
      return savePublic(service, identity.public)
    },
    savePublic,
  }
}

/** @throws KEY when a file under another identity's name was exchanged or renamed */
function assertNamed(identity: PublicIdentity, name: string): void {
  if (identityName(identity) === name) return
  throw new ZkebError('KEY', `the key files named ${name} hold another identity`, {
    hint: 'restore them from a backup; a file is named by the fingerprint of its identity',
  })
}
