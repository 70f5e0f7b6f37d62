import type { Identity } from '@zkeb/core'
import { createVault, type KeySource, memoryKeys, type Vault } from '@zkeb/node-store'
import { personOf } from '../../../../test/support/identities'
import { ENGINES, type EngineName, type TestDatabase } from './databases'

/** Services with keys of suite x25519, which are fixed: nothing is to be made, and all is fast. */
const PEOPLE = { vault: 'alice', response: 'bob', mailer: 'carol', stranger: 'dave' } as const

type CurveService = keyof typeof PEOPLE

export interface CurveVault {
  readonly database: TestDatabase
  readonly keys: ReturnType<typeof memoryKeys>
  readonly vault: Vault
  readonly people: Record<CurveService, Identity>
  /** A second vault over the same tables. */
  another(service: string, keys: KeySource): Promise<Vault>
  close(): Promise<void>
}

/** A migrated vault whose key source holds the private keys of every service. */
export async function openCurveVault(engine: EngineName): Promise<CurveVault> {
  const database = await ENGINES[engine]()
  const keys = memoryKeys()
  const db = database.source
  const vault = await createVault({ db, service: 'vault', keys, migrate: 'auto' })
  const others: Vault[] = []
  const people = {} as Record<CurveService, Identity>
  for (const [service, person] of Object.entries(PEOPLE)) {
    const identity = await personOf('x25519', person)
    people[service as CurveService] = identity
    await keys.save(service, identity)
    await vault.keys.register(service, identity.public)
  }
  return {
    database,
    keys,
    vault,
    people,
    another: async (service, source) => {
      const storageKey = new Uint8Array(32).fill(7)
      const other = await createVault({ db, service, keys: source, storageKey })
      others.push(other)
      return other
    },
    close: async () => {
      for (const other of others) await other.close()
      await vault.close()
      await database.drop()
    },
  }
}
