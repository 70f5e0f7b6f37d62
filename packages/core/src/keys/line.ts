import type { Bytes } from '../bytes'
import { MAX_LINE_CHARACTERS } from '../constants'
import { fromBase64Url, toBase64Url } from '../encoding/base64url'
import { isZkebError, ZkebError } from '../errors'
import { isSuiteName, type SuiteName } from '../suites/registry'
import type { Both } from '../suites/suite'

/** What a one-line identity holds: private keys (and so the public ones), or public keys alone. */
export type LineKind = 'secret' | 'public'

/** §9: `<prefix>:<suite>:<encryption key>:<signing key>`, keys in the suite's own encoding as Base64url without padding. */
const PREFIX: Record<LineKind, string> = {
  secret: 'zkeb-secret-v1',
  public: 'zkeb-public-v1',
}

export function encodeLine(suite: SuiteName, keys: Both<Uint8Array>, kind: LineKind): string {
  return [PREFIX[kind], suite, toBase64Url(keys.encryption), toBase64Url(keys.signing)].join(':')
}

/** Throws `KEY`, with what to do in the hint. */
export function decodeLine(
  text: string,
  kind: LineKind,
): { readonly suite: SuiteName; readonly keys: Both<Bytes> } {
  if (text.length > MAX_LINE_CHARACTERS) {
    throw new ZkebError('KEY', 'longer than the line of an identity', {
      hint: `at most ${MAX_LINE_CHARACTERS} characters`,
    })
  }
  const [prefix, suite, encryption, signing, ...rest] = text.trim().split(':')
  if (prefix !== PREFIX[kind] || !encryption || !signing || rest.length > 0) {
    const other = kind === 'secret' ? 'public' : 'secret'
    throw new ZkebError('KEY', `not a ${kind} identity`, {
      hint:
        prefix === PREFIX[other] ? `this is the ${other} line of an identity` : hintFor(text, kind),
    })
  }
  if (!isSuiteName(suite)) {
    throw new ZkebError('KEY', 'an identity of a suite this program does not know')
  }
  const keys: Both<Bytes> = {
    encryption: decodeKey(encryption),
    signing: decodeKey(signing),
  }
  return { suite, keys }
}

function hintFor(text: string, kind: LineKind): string {
  return text.trimStart().startsWith('-----BEGIN ')
    ? 'an identity needs { encryption, signing }'
    : `the line begins with ${PREFIX[kind]}:`
}

function decodeKey(text: string): Bytes {
  try {
    return fromBase64Url(text, 'the key')
  } catch (error) {
    if (!isZkebError(error, 'FORMAT')) throw error
    throw new ZkebError('KEY', 'the line is cut or altered', { hint: 'copy the whole line' })
  }
}
