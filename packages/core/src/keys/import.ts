import { isBytes, unshare } from '../bytes'
import type { KeyMaterial } from '../crypto/rsa'
import { fromBase64 } from '../encoding/base64'
import { isPlainObject } from '../encoding/jcs'
import { isZkebError, ZkebError } from '../errors'
import { keysOfSuite } from '../suites/keys'
import {
  assembleIdentity,
  assemblePublicIdentity,
  type Identity,
  type KeyIds,
  type PublicIdentity,
} from './identity'
import { LINE_PREFIX, type LineKind } from './line'
import { decodePem, type PemLabel } from './pem'

/** A key as PEM text (`PRIVATE KEY` / `PUBLIC KEY`), JWK, or DER bytes (PKCS#8 / SPKI). */
export type KeyInput = string | JsonWebKey | Uint8Array

export interface KeyInputs {
  readonly encryption: KeyInput
  readonly signing: KeyInput
}

export interface ImportPublicIdentityOptions {
  readonly keyIds?: KeyIds
}

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
  options: ImportIdentityOptions = {},
): Promise<Identity> {
  const suite = 'rsa'
  const keys = keysOfSuite(suite)
  const material = toMaterial(input, 'secret')
  const [encryption, signing] = await Promise.all([
    keys.importPrivate('encryption', material.encryption, options.extractable ?? false),
    keys.importPrivate('signing', material.signing, options.extractable ?? false),
  ])
  return assembleIdentity(suite, { encryption, signing }, options.keyIds)
}

/**
 * Reads a public identity: the one line that exportPublicIdentity() wrote, or its two public keys as SPKI PEM,
 * SPKI DER or JWK. Throws `KEY`. spec/envelope.md §9.
 */
export async function importPublicIdentity(
  input: string | KeyInputs,
  options: ImportPublicIdentityOptions = {},
): Promise<PublicIdentity> {
  const suite = 'rsa'
  const keys = keysOfSuite(suite)
  const material = toMaterial(input, 'public')
  const [encryption, signing] = await Promise.all([
    keys.importPublic('encryption', material.encryption),
    keys.importPublic('signing', material.signing),
  ])
  return assemblePublicIdentity(suite, { encryption, signing }, options.keyIds)
}

interface Materials {
  readonly encryption: KeyMaterial
  readonly signing: KeyMaterial
}

function toMaterial(input: string | KeyInputs, kind: LineKind): Materials {
  if (typeof input === 'string') return parseLine(input.trim(), kind)
  if (!isPlainObject(input)) {
    throw new TypeError('input: a one-line identity, or { encryption, signing }')
  }
  const { encryption, signing } = input
  return {
    encryption: keyMaterial(encryption, kind, 'encryption'),
    signing: keyMaterial(signing, kind, 'signing'),
  }
}

function keyMaterial(input: KeyInput, kind: LineKind, name: string): KeyMaterial {
  const [label, format]: [PemLabel, 'pkcs8' | 'spki'] =
    kind === 'secret' ? ['PRIVATE KEY', 'pkcs8'] : ['PUBLIC KEY', 'spki']
  if (typeof input === 'string') return { format, bytes: decodePem(input, label) }
  if (isBytes(input)) return { format, bytes: unshare(input) }
  if (!isPlainObject(input)) throw new TypeError(`${name}: PEM text, DER bytes or a JWK`)
  if ('d' in input !== (kind === 'secret')) {
    throw new ZkebError(
      'KEY',
      `${name}: expected a ${kind === 'secret' ? 'private' : 'public'} JWK`,
    )
  }
  return { format: 'jwk', jwk: input }
}

function parseLine(line: string, kind: LineKind): Materials {
  const [prefix, suite, encryption, signing, ...rest] = line.split(':')
  if (prefix !== LINE_PREFIX[kind] || !encryption || !signing || rest.length > 0) {
    throw new ZkebError('KEY', `not a ${kind} identity`, {
      hint:
        prefix === LINE_PREFIX[kind === 'secret' ? 'public' : 'secret']
          ? `this is the ${kind === 'secret' ? 'public' : 'secret'} line of an identity`
          : `the line begins with ${LINE_PREFIX[kind]}:`,
    })
  }
  if (suite !== 'rsa')
    throw new ZkebError('KEY', 'an identity of a suite this program does not know')
  const format = kind === 'secret' ? 'pkcs8' : 'spki'
  return {
    encryption: { format, bytes: decodeBase64Url(encryption) },
    signing: { format, bytes: decodeBase64Url(signing) },
  }
}

function decodeBase64Url(text: string) {
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/')
  try {
    return fromBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='), 'the key')
  } catch (error) {
    if (!isZkebError(error, 'FORMAT')) throw error
    throw new ZkebError('KEY', 'the line is cut or altered', { hint: 'copy the whole line' })
  }
}
