import { type Bytes, compareBytes, isBytes, toHex } from '../bytes'
import {
  DIGEST_BYTES,
  MAX_ASSOCIATED_DATA_BYTES,
  MAX_METADATA_BYTES,
  MAX_RECIPIENTS,
} from '../constants'
import { encodeJcs, isPlainObject } from '../encoding/jcs'
import { isTime } from '../encoding/time'
import type { Identity, PublicIdentity, PublicKey } from '../keys/identity'
import type { SuiteName } from '../suites/registry'
import type { Both, Purpose } from '../suites/suite'

/** Whom an envelope is for: a suite, and a public key that content keys are wrapped to. Every {@link PublicIdentity} fits. */
export type Addressee = Pick<PublicIdentity, 'suite' | 'encryption'>

/** Who seals: a suite, a public signing key, and something that signs. Every {@link Identity} fits. */
export interface Sender {
  readonly public: Pick<PublicIdentity, 'suite' | 'signing'>
  readonly signer: Identity['signer']
}

/** Who opens: the fingerprint of an encryption key, and something that unwraps. Every {@link Identity} fits. */
export interface Reader {
  readonly public: { readonly encryption: Pick<PublicKey, 'fingerprint'> }
  readonly decrypter: Identity['decrypter']
}

/** The sender of an unsigned envelope; its code is loaded when it is needed. */
export async function loadNobody(suite: string | undefined) {
  return (await import('./nobody')).nobody(suite as SuiteName)
}

/** Checks of what programmers pass: a TypeError or RangeError names the argument, never its content. */

/** Someone with a private key: an identity, or its public half with something that signs or decrypts. */
export function assertOwner<O extends { readonly public: unknown }>(
  owner: O,
  name: string,
  part: 'signer' | 'decrypter',
): O['public'] {
  if (!(owner as Partial<Identity> | undefined)?.[part]) {
    throw new TypeError(`${name}: an identity, or { public, ${part} }`)
  }
  const purpose = part === 'signer' ? 'signing' : 'encryption'
  return assertPublic(owner.public, `${name}.public`, purpose)
}

/** A public identity, or the part of one that is needed. */
export function assertPublic<T>(value: T, name: string, ...parts: readonly Purpose[]): T {
  const identity = value as (Partial<Both<PublicKey>> & Partial<Identity>) | null | undefined
  const isPart = (part: Purpose) => {
    const fingerprint: unknown = identity?.[part]?.fingerprint
    return isBytes(fingerprint) && fingerprint.length === DIGEST_BYTES
  }
  if (parts.every(isPart)) return value
  throw new TypeError(
    `${name}: a public identity${identity?.public ? ', i.e. identity.public' : ''}`,
  )
}

/** The recipients as the format orders them: the primary one, then by fingerprint. */
export function orderRecipients(
  to: Addressee | readonly Addressee[],
  suite: string,
): [Addressee, ...Addressee[]] {
  const list: readonly Addressee[] = Array.isArray(to) ? to : [to]
  const [primary, ...others] = list.map((one) => assertPublic(one, 'to', 'encryption'))
  if (!primary || list.length > MAX_RECIPIENTS) {
    throw new RangeError(`to: 1 to ${MAX_RECIPIENTS} recipients`)
  }
  if ([primary, ...others].some((recipient) => recipient.suite !== suite)) {
    throw new TypeError('to: of another suite')
  }
  const print = ({ encryption }: Addressee) => encryption.fingerprint
  others.sort((a, b) => compareBytes(print(a), print(b)))
  const prints = new Set([primary, ...others].map((one) => toHex(print(one))))
  if (prints.size < list.length) throw new RangeError('to: a recipient twice')
  return [primary, ...others]
}

/** Unix milliseconds of a Date or a number. */
export function toMilliseconds(value: Date | number, name: string): number {
  const time: unknown = value instanceof Date ? value.getTime() : value
  if (isTime(time)) return time
  throw new RangeError(`${name}: a Date or Unix milliseconds`)
}

/** The end of what is made now; undefined where it has none. */
export function toExpiry(value: Date | number | undefined, now: number): number | undefined {
  const end = value === undefined ? undefined : toMilliseconds(value, 'expiresAt')
  if (end !== undefined && end <= now) throw new RangeError('expiresAt: lies in the past')
  return end
}

/** The JCS bytes of a JSON object of at most 16 KiB. */
export function toMetadataBytes(metadata: unknown): Bytes | undefined {
  if (metadata === undefined) return undefined
  if (!isPlainObject(metadata)) throw new TypeError('metadata: a JSON object')
  return encodeJcs(metadata, 'metadata', MAX_METADATA_BYTES)
}

/** The JCS bytes of JSON of at most 64 KiB. */
export function toAssociatedDataBytes(associatedData: unknown): Bytes | undefined {
  if (associatedData === undefined) return undefined
  return encodeJcs(associatedData, 'associatedData', MAX_ASSOCIATED_DATA_BYTES)
}
