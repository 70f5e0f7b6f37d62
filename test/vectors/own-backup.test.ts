/** spec/vectors/backup.json: made by hand from the specification, read by core on every platform. */
import { importIdentity, type JsonObject } from '@zkeb/core'
import type { DeviceState } from '@zkeb/core/account'
import {
  type BackupReader,
  type BackupRow,
  backupNameHashes,
  deviceIdHash,
  openBackup,
  openBackupRange,
  openBackupStream,
  openDeviceName,
  padmeLength,
  scopeHash,
  verifyBackup,
} from '@zkeb/core/backup'
import { describe, expect, test } from 'vitest'
import { headDigest, signedBackup } from '../../packages/core/src/backup/head'
import { readRow } from '../../packages/core/src/backup/row'
import json from '../../spec/vectors/backup.json' with { type: 'json' }
import { base64ToBytes, bytesToHex, hexToBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'
import { cutAt, flow, flowUntilError, read } from '../support/streams'

interface AccountJson {
  readonly accountId: string
  readonly userId: string
  readonly generation: number
  readonly keys: readonly Readonly<Record<string, string>>[]
  readonly manifests: readonly string[]
  readonly devices: readonly {
    readonly id: string
    readonly active: readonly number[]
    readonly state: DeviceState
    readonly secret: string
  }[]
  readonly accepted: {
    readonly deviceId: string
    readonly backups: readonly { readonly id: string; readonly digest: string }[]
  }
}
interface Case {
  readonly name: string
  readonly suite: string
  readonly row: Readonly<Record<string, string | number | null>>
  readonly object?: string
}
interface Positive extends Case {
  readonly expected: {
    readonly name: string
    readonly size: number
    readonly manifest: string
    readonly clock?: string
    readonly predecessor?: string
    readonly metadata?: JsonObject
  }
  readonly steps: Readonly<Record<'core' | 'h' | 'signedMessage' | 'backupDigest', string>>
}
interface Negative extends Case {
  readonly code: string
  readonly now?: number
  readonly userId?: string
}

const BYTES = [
  ...['backup_name_hash', 'ciphertext', 'nonce', 'auth_tag', 'signature'],
  ...['content_digest', 'encrypted_metadata'],
]
const positive = json.positive as unknown as readonly Positive[]
const negative = json.negative as unknown as readonly Negative[]
const { hashes, now } = json
const accountJson = json.accounts as unknown as Readonly<Record<string, AccountJson>>
const loaded = Object.entries(accountJson).map(
  async ([suite, it]) => [suite, await accountOf(it)] as const,
)
const accounts = new Map(await Promise.all(loaded))

async function accountOf(it: AccountJson): Promise<BackupReader> {
  const members = it.devices.map(
    async (device) => [device.id, { ...device, ...(await importIdentity(device.secret)) }] as const,
  )
  const devices = new Map(await Promise.all(members))
  return {
    accountId: hexToBytes(it.accountId),
    generation: it.generation,
    chain: {
      has: (digest) => it.manifests.includes(bytesToHex(digest)),
      device: (id) => devices.get(id),
      identity: (id) => devices.get(id)?.public,
      wasActive: (id, generation) => devices.get(id)?.active.includes(generation) ?? false,
    },
    key: async (label, generation) => hexToBytes(it.keys[generation]?.[label] ?? ''),
    revocationList(deviceId) {
      if (deviceId !== it.accepted.deviceId) return undefined
      return {
        includes: ({ id, digest }) =>
          it.accepted.backups.some((one) => one.id === id && one.digest === bytesToHex(digest)),
      }
    },
  }
}

function given({ suite, row, object }: Case) {
  const as = accounts.get(suite)
  const userId = accountJson[suite]?.userId
  if (!as || !userId) throw new Error(suite)
  const columns = Object.entries(row).map(([name, value]) => [
    name,
    BYTES.includes(name) ? base64ToBytes(value as string) : value,
  ])
  return {
    row: Object.fromEntries(columns) as BackupRow,
    object: object === undefined ? undefined : base64ToBytes(object),
    opening: { as, userId, now },
  }
}
const contentOf = (size: number) =>
  Uint8Array.from({ length: size }, (_, i) => (31 * i + (i >> 8)) & 0xff)
const title = (it: Case) => `${it.suite}: ${it.name}`

test.each(positive.map((it) => [title(it), it] as const))('%s', async (_title, it) => {
  const { row, object, opening } = given(it)
  const { expected } = it
  const content = bytesToHex(contentOf(expected.size))
  const verified = await verifyBackup(row, opening)
  expect(verified).toMatchObject({ name: expected.name, size: expected.size })
  expect(bytesToHex(verified.manifest)).toBe(expected.manifest)
  expect(bytesToHex(verified.digest)).toBe(it.steps.backupDigest)
  expect(verified.metadata).toEqual(expected.metadata)
  for (const field of ['clock', 'predecessor'] as const) {
    const value = verified[field]
    expect(value && bytesToHex(value)).toBe(expected[field])
  }
  if (!object) {
    expect(bytesToHex((await openBackup(row, opening)).bytes)).toBe(content)
    return
  }
  const opened = await flow(cutAt(object, [9, 20_000]), openBackupStream(row, opening))
  expect(bytesToHex(opened)).toBe(content)
  const half = Math.floor(expected.size / 2)
  const range = await openBackupRange(row, { ...opening, source: object, start: half })
  expect(bytesToHex(await read(range.stream))).toBe(content.slice(2 * half))
})

test.each(positive.map((it) => [title(it), it] as const))('%s: steps', async (_title, it) => {
  const { row, opening } = given(it)
  const { head, contentHead, digest } = readRow(row)
  const { accountId, chain } = opening.as
  const signer = chain.identity(row.device_id)?.signing.fingerprint ?? new Uint8Array(0)
  const h = await headDigest(head, { accountId, userId: opening.userId, signer })
  expect(bytesToHex(h)).toBe(it.steps.h)
  const { plaintextBytes } = head.layout
  const message = signedBackup(h, { content: contentHead, digest, plaintextBytes })
  expect(bytesToHex(message)).toBe(it.steps.signedMessage)
})

test.each(negative.map((it) => [title(it), it.code, it] as const))(
  '%s: %s',
  async (_title, code, it) => {
    const { row, object, opening } = given(it)
    const { now = opening.now, userId = opening.userId } = it
    const options = { ...opening, now, userId }
    if (!object) {
      expect(await outcomeOf(() => openBackup(row, options))).toBe(code)
      return
    }
    const { bytes, error } = await flowUntilError(object, openBackupStream(row, options))
    expect(await outcomeOf(() => Promise.reject(error))).toBe(code)
    expect(bytes.length).toBe(0)
    const range = () => openBackupRange(row, { ...options, source: object })
    expect(await outcomeOf(range)).toBe(code)
  },
)

test('every code that opening a backup can end in has a vector', () => {
  const codes = new Set(negative.map(({ code }) => code))
  expect([...codes].sort()).toEqual([
    'EXPIRED',
    'FORK',
    'FORMAT',
    'LIMIT',
    'OPEN',
    'SIGNATURE',
    'SIGNER_UNKNOWN',
    'SUITE_NOT_ALLOWED',
    'TRUNCATED',
    'VERSION',
  ])
})

describe('hashes and names of devices', () => {
  const as = accounts.get('x25519') as BackupReader

  test('of backups, scopes and devices', async () => {
    for (const { name, hashes: expected } of hashes.names) {
      expect((await backupNameHashes(as, name)).map(bytesToHex)).toEqual(expected)
    }
    for (const { scope, hash } of hashes.scopes) {
      expect(bytesToHex(await scopeHash(as, scope))).toBe(hash)
    }
    for (const { id, hash } of hashes.devices) {
      expect(bytesToHex(await deviceIdHash(as, id))).toBe(hash)
    }
  })

  test.each(hashes.deviceNames.positive)('the name $name', async ({ name, id, sealed }) => {
    expect(await openDeviceName(base64ToBytes(sealed), { as, deviceId: id })).toBe(name)
  })

  test.each(hashes.deviceNames.negative)('a name $name: $code', async ({ id, sealed, code }) => {
    const open = () => openDeviceName(base64ToBytes(sealed), { as, deviceId: id })
    expect(await outcomeOf(open)).toBe(code)
  })

  test('padded lengths', () => {
    for (const [length, padded] of hashes.padded) expect(padmeLength(length as number)).toBe(padded)
  })
})
