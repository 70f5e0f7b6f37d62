import { type Bytes, isBytes, unshare } from '../bytes'
import type { KeyMaterial } from '../crypto/rsa'
import { isPlainObject } from '../encoding/jcs'
import { ZkebError } from '../errors'
import { keysOfSuite } from '../suites/keys'
import type { SuiteName } from '../suites/registry'
import { type Both, forBoth } from '../suites/suite'
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

/** Three times a private RSA key of 8192 bits. */
const MAX_DER_BYTES = 16_384

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
  const { importPrivate } = keysOfSuite(suite)
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
  const { importPublic } = keysOfSuite(suite)
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
    return {
      suite,
      material: {
        encryption: fromDer(keys.encryption, kind),
        signing: fromDer(keys.signing, kind),
      },
    }
  }
  if (!isPlainObject(input)) {
    throw new TypeError('input: a one-line identity, or { encryption, signing }')
  }
  const { encryption, signing } = input
  return {
    suite: 'rsa',
    material: {
      encryption: keyMaterial(encryption, kind, 'encryption'),
      signing: keyMaterial(signing, kind, 'signing'),
    },
  }
}

function keyMaterial(input: KeyInput, kind: LineKind, name: string): KeyMaterial {
  if (typeof input === 'string') {
    return fromDer(decodePem(input, kind === 'secret' ? 'PRIVATE KEY' : 'PUBLIC KEY'), kind)
  }
  if (isBytes(input)) return fromDer(unshare(input), kind)
  if (!isPlainObject(input)) throw new TypeError(`${name}: PEM text, DER bytes or a JWK`)
  if ('d' in input !== (kind === 'secret')) {
    const expected = kind === 'secret' ? 'private' : 'public'
    throw new ZkebError('KEY', `${name}: expected a ${expected} JWK`)
  }
  return { format: 'jwk', jwk: input }
}

function fromDer(bytes: Bytes, kind: LineKind): KeyMaterial {
  if (bytes.length > MAX_DER_BYTES || !isOneSequence(bytes)) {
    throw new ZkebError('KEY', 'not one DER structure', {
      hint: 'the key is cut or has an appendix',
    })
  }
  return { format: kind === 'secret' ? 'pkcs8' : 'spki', bytes }
}

/** X.690 §8.1.3, §10.1: platforms ignore what stands behind the end of the outermost SEQUENCE. */
function isOneSequence([tag, first = 0, ...rest]: Uint8Array): boolean {
  if (tag !== 0x30 || first < 0x80) return tag === 0x30 && rest.length === first
  const size = first - 0x80
  const length = rest.slice(0, size).reduce((sum, byte) => sum * 256 + byte, 0)
  return size > 0 && size <= 4 && rest.length - size === length
}
