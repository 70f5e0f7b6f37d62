import { generateIdentity, type Identity } from '@zkeb/core'
import { createVault, memoryKeys, type Vault, type VaultOptions } from '@zkeb/node-store'
import type { EngineName, TestDatabase } from './databases'
import { ENGINES } from './databases'

/** The documented two services and a third one, with small keys: tests need no strong ones. */
const SERVICES = ['vault', 'response', 'stranger'] as const

let identities: Promise<Identity[]> | undefined

/** Identities for {@link SERVICES}, made once per test file: making RSA keys is what takes time. */
function serviceIdentities(): Promise<Identity[]> {
  identities ??= Promise.all(
    SERVICES.map(() => generateIdentity({ modulusLength: 2048, extractable: true })),
  )
  return identities
}

/** Memory keys that hold the identities of {@link SERVICES}. */
async function serviceKeys(): Promise<ReturnType<typeof memoryKeys>> {
  const keys = memoryKeys()
  for (const [i, identity] of (await serviceIdentities()).entries()) {
    await keys.save(SERVICES[i] ?? '', identity)
  }
  return keys
}

export interface TestVault {
  readonly database: TestDatabase
  readonly keys: ReturnType<typeof memoryKeys>
  readonly vault: Vault
  /** The identity of a service. */
  identity(service: (typeof SERVICES)[number]): Promise<Identity>
  close(): Promise<void>
}

/** A migrated vault in a database of its own, with the keys of {@link SERVICES} registered. */
export async function openTestVault(
  engine: EngineName,
  options: Partial<VaultOptions> = {},
): Promise<TestVault> {
  const database = await ENGINES[engine]()
  const keys = await serviceKeys()
  const vault = await createVault({
    db: database.source,
    service: 'vault',
    keys,
    migrate: 'auto',
    ...options,
  })
  const all = await serviceIdentities()
  for (const [i, identity] of all.entries()) {
    await vault.keys.register(SERVICES[i] ?? '', identity.public)
  }
  return {
    database,
    keys,
    vault,
    identity: async (service) => all[SERVICES.indexOf(service)] as Identity,
    close: async () => {
      await vault.close()
      await database.drop()
    },
  }
}
