import { type Bytes, compareBytes, toHex } from '../bytes'
import { MAX_METADATA_BYTES, MAX_RECIPIENTS } from '../constants'
import { encodeJcs, isPlainObject } from '../encoding/jcs'
import { isTime, MAX_TIME_MS } from '../encoding/time'
import type { Identity, PublicIdentity } from '../keys/identity'

/** What a sender needs: who it is, and something that signs. Every {@link Identity} fits. */
export type Sender = Pick<Identity, 'public' | 'signer'>

/** What a reader needs: who it is, and something that unwraps. Every {@link Identity} fits. */
export type Reader = Pick<Identity, 'public' | 'decrypter'>

/** Checks of what programmers pass: a TypeError or RangeError names the argument, never its content. */

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
  const prints = new Set([primary, ...others].map((one) => toHex(print(one))))
  if (prints.size < list.length) throw new RangeError('to: a recipient stands twice')
  return [primary, ...others]
}

/** Unix milliseconds of a Date or a number. */
export function toMilliseconds(value: Date | number, name: string): number {
  const time: unknown = value instanceof Date ? value.getTime() : value
  if (isTime(time)) return time
  throw new RangeError(`${name}: a Date, or Unix milliseconds from 0 to ${MAX_TIME_MS}`)
}

export function toMetadataBytes(metadata: unknown): Bytes | undefined {
  if (metadata === undefined) return undefined
  if (!isPlainObject(metadata)) throw new TypeError('metadata: a JSON object')
  return encodeJcs(metadata, 'metadata', MAX_METADATA_BYTES)
}
