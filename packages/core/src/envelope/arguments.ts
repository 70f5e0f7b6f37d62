import { type Bytes, compareBytes, isBytes, unshare, utf8 } from '../bytes'
import { MAX_METADATA_BYTES, MAX_RECIPIENTS, MAX_TIME_MS } from '../constants'
import { encodeJcs, isPlainObject } from '../encoding/jcs'
import type { Identity, PublicIdentity } from '../keys/identity'

/** What a sender needs: who it is, and something that signs. Every {@link Identity} fits. */
export type Sender = Pick<Identity, 'public' | 'signer'>

/** What a reader needs: who it is, and something that unwraps. Every {@link Identity} fits. */
export type Reader = Pick<Identity, 'public' | 'decrypter'>

/** Deeper data than this is taken for a cycle. */
const MAX_DATA_DEPTH = 512

/** Checks of what programmers pass: a TypeError or RangeError names the argument, never its content. */

/**
 * The bytes that seal() makes of its data: text as UTF-8, bytes as they are, anything else as JSON. Throws a TypeError for what
 * JSON would drop or change.
 */
export function toPlaintext(data: unknown): Bytes {
  if (isBytes(data)) return unshare(data)
  if (typeof data === 'string') return utf8(data)
  assertJson(data, 1)
  return utf8(JSON.stringify(data))
}

/** JSON.stringify drops what it does not know (a Map, a File becomes {}), and what is dropped is lost. */
function assertJson(value: unknown, depth: number): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  const isContainer = Array.isArray(value) || isPlainObject(value)
  if (!isContainer || depth > MAX_DATA_DEPTH || 'toJSON' in value) {
    throw new TypeError('data: text, a Uint8Array, or plain JSON')
  }
  for (const child of Object.values(value)) {
    // An optional member that is not there.
    if (child !== undefined || Array.isArray(value)) assertJson(child, depth + 1)
  }
}

/** Someone who signs: an identity, or its public half with a signer. */
export function assertSender(sender: Sender | undefined): PublicIdentity {
  if (typeof sender?.signer?.sign !== 'function') {
    throw new TypeError('from: an identity, or { public, signer }')
  }
  return assertPublicIdentity(sender.public, 'from.public')
}

/** Someone who decrypts: an identity, or its public half with a decrypter. */
export function assertReader(reader: Reader | undefined): PublicIdentity {
  if (typeof reader?.decrypter?.unwrap !== 'function') {
    throw new TypeError('as: an identity, or { public, decrypter }')
  }
  return assertPublicIdentity(reader.public, 'as.public')
}

export function assertPublicIdentity(value: unknown, name: string): PublicIdentity {
  const identity = value as Partial<PublicIdentity> | null | undefined
  const complete = identity?.encryption?.fingerprint && identity.signing?.fingerprint
  if (complete) return identity as PublicIdentity
  const isPrivate = typeof identity === 'object' && identity !== null && 'public' in identity
  throw new TypeError(`${name}: a public identity${isPrivate ? ', i.e. identity.public' : ''}`)
}

/** The recipients as the format orders them: the primary one, then by fingerprint. */
export function orderRecipients(
  to: PublicIdentity | readonly PublicIdentity[],
  suite: string,
): [PublicIdentity, ...PublicIdentity[]] {
  const list: readonly unknown[] = Array.isArray(to) ? to : [to]
  const [primary, ...others] = list.map((recipient) => assertPublicIdentity(recipient, 'to'))
  if (!primary || list.length > MAX_RECIPIENTS) {
    throw new RangeError(`to: 1 to ${MAX_RECIPIENTS} recipients, got ${list.length}`)
  }
  if ([primary, ...others].some((recipient) => recipient.suite !== suite)) {
    throw new TypeError('to: every recipient must be of the suite of the sender')
  }
  const print = ({ encryption }: PublicIdentity) => encryption.fingerprint
  others.sort((a, b) => compareBytes(print(a), print(b)))
  const twice = others.some(
    (other, i) =>
      compareBytes(print(other), print(primary)) === 0 ||
      (others[i + 1] && compareBytes(print(other), print(others[i + 1] as PublicIdentity)) === 0),
  )
  if (twice) throw new RangeError('to: a recipient stands twice')
  return [primary, ...others]
}

/** Unix milliseconds of a Date or a number. */
export function toMilliseconds(value: Date | number, name: string): number {
  const time: unknown = value instanceof Date ? value.getTime() : value
  if (!isInteger(time) || time < 0 || time > MAX_TIME_MS) {
    throw new RangeError(`${name}: a Date, or Unix milliseconds from 0 to ${MAX_TIME_MS}`)
  }
  return time
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value)
}

export function toMetadataBytes(metadata: unknown): Bytes | undefined {
  if (metadata === undefined) return undefined
  if (!isPlainObject(metadata)) throw new TypeError('metadata: a JSON object')
  return encodeJcs(metadata, 'metadata', MAX_METADATA_BYTES)
}
