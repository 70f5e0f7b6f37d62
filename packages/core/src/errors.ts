/**
 * Every code a {@link ZkebError} of this package can carry: what it means, and what to do. docs/errors.md is generated from
 * it; the order of checks that decides between several is in spec/envelope.md §7.
 */
export const ERROR_CODES = {
  FORMAT: {
    meaning: 'what came is not in its one valid encoding',
    remedy: 'Hand on exactly what was written: a whole text, all columns, untouched bytes.',
  },
  VERSION: {
    meaning: 'it has a version this program does not know',
    remedy: 'Update the package.',
  },
  SUITE_NOT_ALLOWED: {
    meaning: 'the algorithms are not a suite this program allows',
    remedy: 'Ask the sender which library wrote it; an algorithm column may have been edited.',
  },
  SIGNER_UNKNOWN: {
    meaning: 'no trusted sender',
    remedy: 'Give the resolver the sender’s public identity, if the sender is to be trusted.',
  },
  SIGNATURE: {
    meaning: 'wrong sender, wrong associated data, or altered',
    remedy:
      'Check `from` and `associatedData`: both must be what the sender used. Of a stream the end may be missing: compare the sizes. Else take it for tampering.',
  },
  NOT_RECIPIENT: {
    meaning: 'it is not addressed to this identity',
    remedy: 'Open it with the identity it was sealed to; inspect() shows the fingerprints.',
  },
  EXPIRED: {
    meaning: 'it has expired',
    remedy: 'Ask for a new one. Where it should not have: compare the clocks.',
  },
  REPLAYED: {
    meaning: 'it was opened before, where once is all',
    remedy: 'Ask for a new one. If this was the first time, someone else opened it.',
  },
  CHANGED: {
    meaning: 'the content of a backup is not what it was when the upload began',
    remedy: 'Begin the backup anew; what has been uploaded of it is of no use.',
  },
  CONFLICT: {
    meaning: 'somebody else was faster: it has been changed since it was read',
    remedy: 'Read it again, and make the change anew.',
  },
  TRUNCATED: {
    meaning: 'the last chunk is missing',
    remedy: 'Transfer it again; a part is missing at the end.',
  },
  LIMIT: {
    meaning: 'larger than the format, or the given bound, allows',
    remedy: 'Split it, or use a stream for large content.',
  },
  KEY: {
    meaning: 'not an acceptable key',
    remedy: 'The hint says what was found in its place and how to convert it.',
  },
  SHARES: {
    meaning: 'recovery shares are bad, too few, of several sets, or do not fit',
    remedy:
      'The report names each bad share and why, what there is and what is needed. Leave those out, type them again, or ask for others.',
  },
  CODE: {
    meaning: 'the code that was compared belongs to another key',
    remedy:
      'Compare it once more, spoken and not sent. If it differs again, somebody has put a key of theirs in the place of the right one: stop.',
  },
  COMPACTION_UNKNOWN: {
    meaning: 'a clock was shortened by a compaction that is not at hand',
    remedy:
      'Load the compactions of the scope anew. If it still is not among them, the server withholds it, or shows another chain to others.',
  },
  RUNTIME: {
    meaning: 'the platform lacks what is needed',
    remedy: 'The hint says what is missing, e.g. https for a web page.',
  },
  MANIFEST: {
    meaning: 'not a valid chain of manifests of this account',
    remedy:
      'Use nothing of it. It is damaged, or made by somebody who may not: fetch it anew, and compare with another device.',
  },
  ROLLBACK: {
    meaning: 'an older state than the one this client has seen',
    remedy:
      'Fetch it anew. A server that lost the newest manifests is healed by a device that sends them again; else take it for an attack.',
  },
  FORK: {
    meaning: 'another history than the one this client has seen',
    remedy:
      'Write nothing, and compare with another device: somebody who could sign, now or once, made two histories of one account.',
  },
  OPEN: {
    meaning: 'the content cannot be opened',
    remedy:
      'Which of key, commitment or tag failed is not told, on purpose. The private key or passphrase is not the one it was sealed to, or bytes changed; of a stream the end may be missing, too: compare the sizes.',
  },
} as const

/** A code of this package. */
export type ErrorCode = keyof typeof ERROR_CODES

const BRAND = Symbol.for('zkeb.error')

/** What {@link ZkebError} takes beside code and message. */
export interface ZkebErrorOptions {
  /** What the reader can do about it. Default empty. */
  readonly hint?: string
  /** The underlying error; left out wherever it could tell a secret or authentication faults apart. */
  readonly cause?: unknown
}

/**
 * The one error of zkeb. `code` is stable and is what programs branch on; `message` and `hint` are for
 * people and may change. Misuse by the programmer is a TypeError or RangeError instead.
 */
export class ZkebError<Code extends string = ErrorCode> extends Error {
  override readonly name = 'ZkebError'
  readonly code: Code
  /** What the reader can do about it; may be empty. */
  readonly hint: string
  /** Makes errors of the ESM and the CJS build recognise each other: see {@link isZkebError}. */
  readonly [BRAND] = true

  constructor(code: Code, message: string, options: ZkebErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.hint = options.hint ?? ''
  }
}

/**
 * Tells whether `error` is a {@link ZkebError}, and with `code` whether it is that one. Works across copies of
 * this package (ESM and CJS in one process), where `instanceof` does not.
 */
export function isZkebError<Code extends string = string>(
  error: unknown,
  code?: Code,
): error is ZkebError<Code> {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false
  return code === undefined || (error as unknown as ZkebError<string>).code === code
}

/** `FORMAT`: what came is not in its one valid encoding. */
export function malformed(what: string): ZkebError {
  return new ZkebError('FORMAT', `${what} is not valid`)
}

/** `LIMIT`: what came is larger than §10 allows. */
export function tooLarge(what: string): ZkebError {
  return new ZkebError('LIMIT', `${what} is too large`)
}
