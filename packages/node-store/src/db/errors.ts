import { isZkebError, ZkebError } from '@zkeb/core'

/** Codes the store adds to those of core: what they mean, and the hint an error has unless a better one is given. */
export const STORE_ERROR_CODES = {
  CACHE: {
    meaning: 'the cache could not be told of a change, and it is strict',
    remedy: 'nothing was changed; try again once Redis answers',
  },
  CONFLICT: {
    meaning: 'somebody else changed it first',
    remedy: 'read it again, and repeat the change on what it is now; `currentVersion` tells',
  },
  DATABASE: {
    meaning: 'the database did not do what it was asked',
    remedy: 'nothing was changed; try again once the database answers',
  },
  NOT_FOUND: {
    meaning: 'there is nothing of that id',
    remedy: 'check the id; it may have been deleted',
  },
  PAYLOAD_TOO_LARGE: {
    meaning: 'the text is longer than can be indexed',
    remedy: 'send a shorter text, or leave `searchable` out so that it is sealed',
  },
  RATE_LIMITED: {
    meaning: 'too many calls in this time',
    remedy: 'try again after `retryAfterSeconds`',
  },
  SCHEMA_COLLISION: {
    meaning: 'a table of that name exists and is not ours',
    remedy:
      'choose another schema with the option `schema`, or rename the existing table; one that is as documented ' +
      'is taken over by vault migrations `adopt`',
  },
  SCHEMA_DRIFT: {
    meaning: 'the tables are not as the migrations made them',
    remedy:
      'vault migrations `drift` tells all differences; restore the schema from a backup, or recreate the tables ' +
      'with migrations down and up',
  },
  SCHEMA_NEWER: {
    meaning: 'a newer version of this package migrated the database',
    remedy: 'update @zkeb/node-store to the version that migrated this database',
  },
  SCHEMA_PENDING: {
    meaning: 'migrations have not been run',
    remedy: "pass migrate: 'auto', or call vault migrations `up` from a deployment step",
  },
  STATE: {
    meaning: 'it is in a state in which this cannot be done',
    remedy: 'read its status; an archived prompt is restored before it is changed or sealed',
  },
} as const

/** A code of the store; tests and callers compare these, never the wording. */
export type StoreErrorCode = keyof typeof STORE_ERROR_CODES

/** SQLSTATEs the store reacts to (PostgreSQL manual, appendix A). */
export const SQLSTATE = {
  duplicateTable: '42P07',
  duplicateFunction: '42723',
  duplicateObject: '42710',
  lockNotAvailable: '55P03',
  noActiveTransaction: '25P01',
  programLimitExceeded: '54000',
} as const

/** An error of the store with its code; `hint` says what to do next unless given. */
export function storeError(
  code: StoreErrorCode,
  message: string,
  hint: string = STORE_ERROR_CODES[code].remedy,
): ZkebError<StoreErrorCode> {
  return new ZkebError<StoreErrorCode>(code, message, { hint })
}

/** `CONFLICT`, with the version that the row has now. */
export class ConflictError extends ZkebError<'CONFLICT'> {
  readonly currentVersion: number

  constructor(currentVersion: number) {
    super('CONFLICT', `it has version ${currentVersion} by now`, {
      hint: STORE_ERROR_CODES.CONFLICT.remedy,
    })
    this.currentVersion = currentVersion
  }
}

/** Tells whether `error` is a `CONFLICT`: somebody else changed the row first. */
export function isConflict(error: unknown): error is ConflictError {
  return isZkebError(error, 'CONFLICT')
}

/** `RATE_LIMITED`, with the time until there is room again. */
export class RateLimitedError extends ZkebError<'RATE_LIMITED'> {
  /** Whole seconds, at least 1. */
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super('RATE_LIMITED', `too many calls; try again in ${retryAfterSeconds} s`, {
      hint: STORE_ERROR_CODES.RATE_LIMITED.remedy,
    })
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Tells whether `error` is a `RATE_LIMITED`: `retryAfterSeconds` is for the header `Retry-After`. */
export function isRateLimited(error: unknown): error is RateLimitedError {
  return isZkebError(error, 'RATE_LIMITED')
}

/** A statement failed, somebody caught that and went on: the server undoes the rest as well. */
export function rolledBack(): ZkebError<StoreErrorCode> {
  return storeError('DATABASE', 'the transaction was rolled back instead of committed')
}

/** The SQLSTATE of a database error, or undefined when the error is no answer of the server. */
export function sqlState(error: unknown): string | undefined {
  const code = codeOf(error)
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/**
 * Whether the server itself refused, so that the transaction is known to be undone. A FATAL is none, nor what stands
 * for a lost connection: behind those a COMMIT may have been done.
 */
export function isRefusal(error: unknown): boolean {
  const state = sqlState(error)
  const severity: unknown = (error as { severity?: unknown } | null)?.severity
  return severity === 'ERROR' && state !== undefined && !/^(?:08|57P)/.test(state)
}

/**
 * Turns whatever a driver throws into one DATABASE error. The driver's own error is dropped and not
 * kept as `cause`: its message, detail and query may quote rows, parameters or the connection
 * string. Errors of zkeb and the programmer's own (TypeError, RangeError, an abort) pass unchanged.
 */
export function toStoreError(error: unknown, signal?: AbortSignal): unknown {
  if (isZkebError(error)) return error
  if (signal?.aborted && error === signal.reason) return error
  if (error instanceof TypeError && codeOf(error) === undefined) return error
  if (error instanceof RangeError || error instanceof ReferenceError) return error
  const state = sqlState(error)
  if (state === SQLSTATE.lockNotAvailable) {
    return storeError('DATABASE', 'a lock was not granted in time (SQLSTATE 55P03)')
  }
  if (state?.startsWith('28') || state === '3D000') {
    return storeError(
      'DATABASE',
      `the server refused the login or the database (SQLSTATE ${state})`,
      'check user, password, database name and pg_hba.conf',
    )
  }
  if (state === '42501') {
    return storeError(
      'DATABASE',
      'the login lacks a privilege (SQLSTATE 42501)',
      'grant the login what the operation needs on the schema and its tables',
    )
  }
  if (state !== undefined) {
    return storeError('DATABASE', `the database refused a statement (SQLSTATE ${state})`)
  }
  const code = codeOf(error)
  return storeError(
    'DATABASE',
    code === undefined
      ? 'the database cannot be reached or dropped the connection'
      : `the database cannot be reached (${code})`,
    'check that the server runs, that host and port are right, and that it accepts connections',
  )
}

/** `code` of an error, or of what it wraps, only when it is a short word: node's and pg's codes are, secrets are not. */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown }
  if (code === undefined && cause !== undefined) return codeOf(cause)
  return typeof code === 'string' && /^[0-9A-Z_]{1,40}$/.test(code) ? code : undefined
}
