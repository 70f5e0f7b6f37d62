// Compiled, not run: the published types in a strict project that also checks the declarations.
import { PGlite } from '@electric-sql/pglite'
import { type KeyStore, openKeyStore } from '@zkeb/browser'
import { type EnvelopeRow, generateIdentity, type Opened, open, seal, toRow } from '@zkeb/core'
import { type Certificate, importCertificate } from '@zkeb/core/formats'
import * as pure from '@zkeb/core/pure'
import { createVault, memoryKeys, type Vault } from '@zkeb/node-store'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

const alice = await generateIdentity()
const keyStore: KeyStore = await openKeyStore()
const bob = await keyStore.loadOrCreate('bob')
const envelope = await seal({ a: [1, null] }, { to: bob.public, from: alice, metadata: { b: 'c' } })
const opened: Opened = await open(envelope, { as: bob, from: alice.public })
export const row: EnvelopeRow = toRow(envelope).envelope
export const text: string = opened.text()

export const certificate: Certificate = importCertificate('…')
export const same: EnvelopeRow = pure.toRow(
  await pure.seal('x', { to: bob.public, from: alice }),
).envelope

const pool = new pg.Pool()
const sources = [
  'postgres://localhost/db',
  pool,
  new PGlite(),
  new Kysely<{ mine: { id: string } }>({ dialect: new PostgresDialect({ pool }) }),
]
export const vaults: Vault[] = await Promise.all(
  sources.map((db) => createVault({ db, service: 'vault', keys: memoryKeys() })),
)

// @ts-expect-error an envelope needs a sender
await seal('x', { to: bob.public })
