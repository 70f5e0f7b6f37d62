/** Every code a {@link ZkebError} of this package can carry, and what it means (spec/envelope.md §11). */
export const ERROR_CODES = {
  FORMAT: 'not an envelope, or not its one valid encoding',
  VERSION: 'an envelope of a version this program does not know',
  SUITE_NOT_ALLOWED: 'the algorithm columns are not a suite this program allows',
  SIGNER_UNKNOWN: 'no trusted identity was found for the sender',
  SIGNATURE: 'wrong sender, wrong associated data, or altered',
  NOT_RECIPIENT: 'the envelope is not addressed to this identity',
  EXPIRED: 'the envelope has expired',
  REPLAYED: 'the envelope was opened before',
  TRUNCATED: 'the content ends before its last chunk',
  LIMIT: 'larger than the format allows',
  KEY: 'not an acceptable key',
  RUNTIME: 'the platform lacks what is needed',
  OPEN: 'the content cannot be opened',
} as const

/** A code of this package. */
export type ErrorCode = keyof typeof ERROR_CODES

const BRAND = Symbol.for('zkeb.error')

/** What {@link ZkebError} takes beside code and message. */
export interface ZkebErrorOptions {
  /** What the reader can do about it. */
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
