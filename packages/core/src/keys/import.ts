import { type Bytes, isBytes, unshare } from '../bytes'
import { isPlainObject } from '../encoding/jcs'
import { ZkebError } from '../errors'
import { keysOfSuite } from '../suites/keys'
import { recognizeSuite } from '../suites/recognize'
import type { SuiteName } from '../suites/registry'
import { type Both, forBoth, type KeyMaterial } from '../suites/suite'
import {
  adoptIdentity,
  assemblePublicIdentity,
  type Identity,
  type KeyIds,
  type PublicIdentity,
} from './identity'
import { decodeLine, type LineKind } from './line'
import { decodePem } from './pem'

/** A key as PEM text (`PRIVATE KEY` / `PUBLIC KEY`), JWK, or DER bytes (PKCS#8 / SPKI). */
export type KeyInput = string | JsonWebKey | Uint8Array

/** The two keys of an identity. */
export type KeyInputs = Both<KeyInput>

/** How {@link importPublicIdentity} imports. */
export interface ImportPublicIdentityOptions {
  /** Labels for the two keys. */
  readonly keyIds?: KeyIds
}

/** How {@link importIdentity} imports. */
export interface ImportIdentityOptions extends ImportPublicIdentityOptions {
  /** Whether exportIdentity() may take the private keys out again. Default false. */
  readonly extractable?: boolean
}

/**
 * Reads an identity: the one line that exportIdentity() wrote, or its two private keys as PKCS#8 PEM, PKCS#8 DER
 * or JWK. Throws `KEY` for anything else, with what to do in the hint. spec/envelope.md §9.
 */
export async function importIdentity(
  input: string | KeyInputs,
  { extractable = false, keyIds }: ImportIdentityOptions = {},
): Promise<Identity> {
  const { suite, material } = toMaterial(input, 'secret')
  const { importPrivate } = await keysOfSuite(suite)
  const parts = await forBoth((purpose) => importPrivate(purpose, material[purpose], extractable))
  return adoptIdentity(suite, parts, keyIds)
}

/**
 * Reads a public identity: the one line that exportPublicIdentity() wrote, or its two public keys as SPKI PEM,
 * SPKI DER or JWK. Throws `KEY`. spec/envelope.md §9.
 */
export async function importPublicIdentity(
  input: string | KeyInputs,
  { keyIds }: ImportPublicIdentityOptions = {},
): Promise<PublicIdentity> {
  const { suite, material } = toMaterial(input, 'public')
  const { importPublic } = await keysOfSuite(suite)
  const parts = await forBoth((purpose) => importPublic(purpose, material[purpose]))
  return assemblePublicIdentity(suite, parts, keyIds)
}

interface Materials {
  readonly suite: SuiteName
  readonly material: Both<KeyMaterial>
}

function toMaterial(input: string | KeyInputs, kind: LineKind): Materials {
  if (typeof input === 'string') {
    const { suite, keys } = decodeLine(input, kind)
    const of = (bytes: Bytes): KeyMaterial => ({ format: 'encoded', bytes })
    return { suite, material: { encryption: of(keys.encryption), signing: of(keys.signing) } }
  }
  if (!isPlainObject(input) || 'kty' in input) {
    throw new TypeError('input: one line; of keys, an identity needs { encryption, signing }')
  }
  const { encryption, signing } = input as unknown as KeyInputs
  const material = {
    encryption: keyMaterial(encryption, kind, 'encryption'),
    signing: keyMaterial(signing, kind, 'signing'),
  }
  return { suite: recognizeSuite(material), material }
}

function keyMaterial(input: KeyInput, kind: LineKind, name: string): KeyMaterial {
  if (typeof input === 'string') {
    const label = kind === 'secret' ? 'PRIVATE KEY' : 'PUBLIC KEY'
    return { format: 'encoded', bytes: decodePem(input, label) }
  }
  if (isBytes(input)) return { format: 'encoded', bytes: unshare(input) }
  if (!isPlainObject(input)) throw new TypeError(`${name}: PEM text, DER bytes or a JWK`)
  if ('d' in input !== (kind === 'secret')) {
    const expected = kind === 'secret' ? 'private' : 'public'
    throw new ZkebError('KEY', `${name}: expected a ${expected} JWK`)
  }
  return { format: 'jwk', jwk: input }
}
