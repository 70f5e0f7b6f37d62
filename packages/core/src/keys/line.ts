import type { Bytes } from '../bytes'
import { fromBase64, toBase64 } from '../encoding/base64'
import { isZkebError, ZkebError } from '../errors'
import type { SuiteName } from '../suites/registry'
import type { Both } from '../suites/suite'

/** What a one-line identity holds: private keys (and so the public ones), or public keys alone. */
export type LineKind = 'secret' | 'public'

/** §9: `<prefix>:<suite>:<encryption key>:<signing key>`, keys as Base64url DER without padding. */
const PREFIX: Record<LineKind, string> = {
  secret: 'zkeb-secret-v1',
  public: 'zkeb-public-v1',
}

export function encodeLine(suite: SuiteName, keys: Both<Uint8Array>, kind: LineKind): string {
  return [PREFIX[kind], suite, toBase64Url(keys.encryption), toBase64Url(keys.signing)].join(':')
}

/** Throws `KEY`, with what to do in the hint. */
export function decodeLine(text: string, kind: LineKind) {
  const [prefix, suite, encryption, signing, ...rest] = text.trim().split(':')
  if (prefix !== PREFIX[kind] || !encryption || !signing || rest.length > 0) {
    const other = kind === 'secret' ? 'public' : 'secret'
    throw new ZkebError('KEY', `not a ${kind} identity`, {
      hint:
        prefix === PREFIX[other]
          ? `this is the ${other} line of an identity`
          : `the line begins with ${PREFIX[kind]}:`,
    })
  }
  if (suite !== 'rsa') {
    throw new ZkebError('KEY', 'an identity of a suite this program does not know')
  }
  const keys: Both<Bytes> = {
    encryption: fromBase64Url(encryption),
    signing: fromBase64Url(signing),
  }
  return { suite, keys } as const
}

function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64Url(text: string): Bytes {
  // The other alphabet would be a second way to write the same key.
  const base64 = text.replaceAll(/[+/=]/g, '*').replaceAll('-', '+').replaceAll('_', '/')
  try {
    return fromBase64(base64.padEnd(Math.ceil(base64.length / 4) * 4, '='), 'the key')
  } catch (error) {
    if (!isZkebError(error, 'FORMAT')) throw error
    throw new ZkebError('KEY', 'the line is cut or altered', { hint: 'copy the whole line' })
  }
}
