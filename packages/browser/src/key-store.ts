import {
  fingerprintToHex,
  type GenerateIdentityOptions,
  generateIdentity,
  type Identity,
  type IdentityKeyPairs,
  identityFromKeyPairs,
  type KeyIds,
  ZkebError,
} from '@zkeb/core'
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { attempt } from './attempt'

/** Raised when the database's stores or records change. */
const DATABASE_VERSION = 1

/** What is stored of an identity. The keys are platform objects: scripts use, never read them. */
interface StoredIdentity {
  readonly fingerprint: string
  readonly keyPairs: IdentityKeyPairs
  readonly keyIds: KeyIds
}

interface Schema extends DBSchema {
  identities: { key: string; value: StoredIdentity }
}

/** How {@link KeyStore.loadOrCreate} makes an identity; its private keys are never extractable. */
export type CreateIdentityOptions = Omit<GenerateIdentityOptions, 'extractable'>

/**
 * Identities under names of your choice, kept in this browser for this origin. Every method throws
 * `RUNTIME` where the browser does not let it do its work, with what to do in the hint.
 */
export interface KeyStore {
  /** The identity of that name, or undefined. */
  load(name: string): Promise<Identity | undefined>
  /**
   * Keeps an identity, its private keys as extractable as they are. Saving it again renews its key
   * ids. Throws `KEY` where another identity has that name: delete that one first.
   */
  save(name: string, identity: Identity): Promise<void>
  /**
   * The identity of that name, made now if there is none (RSA-4096 takes a second or so). `options`
   * count only then. Tabs that do this at once get one and the same identity.
   */
  loadOrCreate(name: string, options?: CreateIdentityOptions): Promise<Identity>
  /** The names, in ascending order. */
  list(): Promise<string[]>
  /** Removes the identity of that name, if there is one: what was sealed to it is then lost. */
  delete(name: string): Promise<void>
  /** Lets go of the database; the store cannot be used after this. */
  close(): void
}

/**
 * Opens the key store in the IndexedDB database `name`, made if there is none. Browsers may clear
 * it when the disk is full: ask `navigator.storage.persist()` for keys that must last. Throws
 * `RUNTIME` where IndexedDB is not to be had.
 */
export async function openKeyStore(name = 'zkeb'): Promise<KeyStore> {
  const db = await attempt(() => openDatabase(name))
  const store: KeyStore = {
    async load(name) {
      assertName(name)
      const stored = await attempt(() => db.get('identities', name))
      return stored && revive(stored)
    },
    async save(name, identity) {
      assertName(name)
      const own = toStored(identity)
      const kept = await attempt(() => putUnlessTaken(db, name, own))
      if (kept.fingerprint === own.fingerprint) return
      throw new ZkebError('KEY', 'another identity has this name in the key store', {
        hint: 'choose another name, or delete() that one first: what was sealed to it is then lost',
      })
    },
    async loadOrCreate(name, options) {
      const existing = await store.load(name)
      if (existing) return existing
      // Outside of the transaction, which would end while it waits for the keys.
      const identity = await generateIdentity({ ...options, extractable: false })
      const own = toStored(identity)
      const kept = await attempt(() => putUnlessTaken(db, name, own))
      return kept.fingerprint === own.fingerprint ? identity : revive(kept)
    },
    list: () => attempt(() => db.getAllKeys('identities')),
    async delete(name) {
      assertName(name)
      await attempt(() => db.delete('identities', name))
    },
    close: () => db.close(),
  }
  return store
}

function openDatabase(name: string): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(name, DATABASE_VERSION, {
    upgrade(db, oldVersion) {
      if (oldVersion < 1) db.createObjectStore('identities')
    },
    // Another tab upgrades or deletes the database, and would wait until this one is closed.
    blocking: (_current, _blocked, { target }) => (target as IDBDatabase).close(),
  })
}

/** Stores `own` unless another identity has the name; returns what stands there afterwards. */
async function putUnlessTaken(db: IDBPDatabase<Schema>, name: string, own: StoredIdentity) {
  // Strict: a key that a power cut takes back is content that nobody can open.
  const tx = db.transaction('identities', 'readwrite', { durability: 'strict' })
  const existing = await tx.store.get(name)
  const taken = existing !== undefined && existing.fingerprint !== own.fingerprint
  if (taken) return existing
  // Where the transaction is aborted its requests reject as well: that is heard, this need not be.
  tx.done.catch(() => undefined)
  await tx.store.put(own, name)
  // Read back before it counts: WebKitGTK takes X25519 keys, and gives back nothing.
  const intact = (await tx.store.get(name))?.keyPairs !== undefined
  if (!intact) await tx.store.delete(name)
  await tx.done
  if (!intact) {
    throw new ZkebError('RUNTIME', 'this browser cannot keep keys of this kind', {
      hint: "make the identity with { suite: 'rsa' }, or hold it for the session",
    })
  }
  return own
}

function toStored(identity: Identity): StoredIdentity {
  if (!identity?.keyPairs) throw new TypeError('identity: an identity with its key pairs')
  const { keyPairs, public: own } = identity
  const encryption = own.encryption.keyId
  const signing = own.signing.keyId
  return {
    fingerprint: fingerprintToHex(own.fingerprint),
    keyPairs,
    keyIds: { ...(encryption && { encryption }), ...(signing && { signing }) },
  }
}

function revive({ keyPairs, keyIds }: StoredIdentity): Promise<Identity> {
  return identityFromKeyPairs(keyPairs, { keyIds })
}

function assertName(name: unknown): void {
  if (typeof name !== 'string' || name === '') throw new TypeError('name: text, not empty')
}
