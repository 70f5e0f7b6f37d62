import { type Bytes, equalBytes, isBytes } from '../bytes'
import type { Awaitable } from '../crypto/backend'
import { backend } from '../crypto/current'
import { copyBytes } from '../encoding/arguments'
import { PaeReader } from '../encoding/pae-reader'
import { present } from '../encoding/present'
import { malformed, tooLarge, ZkebError } from '../errors'
import type { VerificationKey } from '../keys/identity'
import { covers, toClock, toCounts, type VectorClock } from './clock'
import { type Compaction, type CompactionFields, isOfSameScope, signedMessage } from './compaction'
import {
  COMPACTION_LABEL,
  MAX_COMPACTION_BYTES,
  MAX_COMPACTIONS,
  MAX_RETIRED_DEVICES,
} from './constants'
import { decodeEntries, readCount } from './entries'

/** Who says to have signed the last compaction of a chain, and what it knew. */
export interface CompactionHint {
  /** Fingerprint of the signing key, 32 bytes. */
  readonly fingerprint: Uint8Array
  /** Digest of the manifest that the signer knew, 32 bytes. */
  readonly manifestDigest: Uint8Array
}

/** What {@link openCompactions} needs. */
export interface OpenCompactionsOptions {
  /** 32 bytes. */
  readonly accountId: Uint8Array
  /** 32 bytes. */
  readonly scopeHash: Uint8Array
  /**
   * Finds the key: that of a device which is active in the newest manifest, and only if `manifestDigest` is in the manifest chain; undefined or
   * null otherwise. What it throws comes through as it is.
   */
  readonly from: (hint: CompactionHint) => Awaitable<VerificationKey | undefined | null>
}

/**
 * Reads and verifies the compactions of a scope: all records, first to last. Throws `FORMAT`, `VERSION`, `LIMIT`, `SIGNATURE` or `SIGNER_UNKNOWN`; a TypeError
 * that names the argument for misuse. spec/sync.md §7.
 */
export async function openCompactions(
  records: readonly Uint8Array[],
  options: OpenCompactionsOptions,
): Promise<readonly Compaction[]> {
  const { accountId, scopeHash, from } = options ?? {}
  if (!Array.isArray(records) || !records.every(isBytes))
    throw new TypeError('records: Uint8Arrays')
  if (typeof from !== 'function') throw new TypeError('from: a function that finds the key')
  const scope = {
    accountId: copyBytes(accountId, 'accountId'),
    scopeHash: copyBytes(scopeHash, 'scopeHash'),
  }
  if (records.length > MAX_COMPACTIONS) throw tooLarge('the chain of compactions')
  const read = records.map(readRecord)
  read.forEach(({ fields }, i) => {
    assertFollows(fields, read[i - 1]?.fields)
  })

  const chain: Compaction[] = []
  for (const { body, record, fields } of read) {
    const { predecessor } = fields
    const isLinked = !predecessor || equalBytes(predecessor, chain.at(-1)?.digest as Bytes)
    if (!isLinked || !isOfSameScope(fields, scope)) throw notGenuine()
    chain.push(Object.freeze({ ...fields, digest: await backend().sha256(body), record }))
  }
  const last = read.at(-1)
  if (last) await assertSigned(last, chain.at(-1)?.digest as Bytes, from)
  return chain
}

const WHAT = 'a compaction'

interface ReadRecord {
  readonly record: Bytes
  readonly body: Bytes
  readonly fields: CompactionFields
  /** Of the key that is said to have signed. */
  readonly fingerprint: Bytes
  readonly signature: Bytes
}

function readRecord(given: Uint8Array): ReadRecord {
  if (given.length > MAX_COMPACTION_BYTES) throw tooLarge(WHAT)
  // A copy: what is verified is what was read.
  const record = new Uint8Array(given)
  const reader = new PaeReader(record, { what: WHAT, pieces: 3 })
  const body = reader.bytes()
  const read = { fields: readBody(body), fingerprint: reader.digest(), signature: reader.bytes() }
  if (read.signature.length === 0) throw malformed(WHAT)
  return { record, body, ...read }
}

function readBody(body: Bytes): CompactionFields {
  const reader = new PaeReader(body, { what: WHAT, label: COMPACTION_LABEL, pieces: 6 })
  return present({
    accountId: reader.digest(),
    scopeHash: reader.digest(),
    sequence: readCount(reader),
    predecessor: reader.optionalDigest(),
    floor: readFloor(reader.bytes()),
    manifestDigest: reader.digest(),
  })
}

function readFloor(entries: Bytes): VectorClock {
  const floor = decodeEntries(entries)
  if (floor.size > MAX_RETIRED_DEVICES) throw tooLarge('the floor of a compaction')
  return toClock(floor)
}

/** §7, step 2. Digests are compared later: what they are over is not known before all is read. */
function assertFollows(fields: CompactionFields, before: CompactionFields | undefined): void {
  const isNext = fields.sequence === (before?.sequence ?? 0) + 1
  const isChained = (fields.predecessor === undefined) === (before === undefined)
  const grows = covers(toCounts(fields.floor, 'floor'), toCounts(before?.floor ?? {}, 'floor'))
  if (!isNext || !isChained || !grows) throw malformed('the chain of compactions')
}

async function assertSigned(
  { fields, fingerprint, signature }: ReadRecord,
  digest: Bytes,
  from: OpenCompactionsOptions['from'],
): Promise<void> {
  const { manifestDigest } = fields
  const key = await from({
    fingerprint: fingerprint.slice(),
    manifestDigest: manifestDigest.slice(),
  })
  if (!key) throw new ZkebError('SIGNER_UNKNOWN', 'no active device signed the last compaction')
  if (typeof key.verify !== 'function') throw new TypeError('from: gives no verification key')
  const isNamed = equalBytes(key.fingerprint, fingerprint)
  if (!isNamed || !(await key.verify(signedMessage(digest), signature))) throw notGenuine()
}

function notGenuine(): ZkebError {
  return new ZkebError('SIGNATURE', 'wrong signer, compactions of another scope, or altered')
}
