import { MAX_STREAM_BYTES } from '../constants'
import { type Layout, layoutOfMessage } from '../content/chunks'
import { isZkebError, ZkebError } from '../errors'

/** What a stream can lose without a trace but this. */
export const OR_CUT = 'or the end is missing: compare the sizes'

/** One hint for every `OPEN`: which of key, commitment or tag failed is not told. */
const HINTS = {
  OPEN: `wrong key, altered, ${OR_CUT}`,
  TRUNCATED: `altered, ${OR_CUT}`,
} as const

/** Throws an error again, `OPEN` and `TRUNCATED` with a hint for whoever reads a stream. */
export function explained(error: unknown): never {
  for (const code of ['OPEN', 'TRUNCATED'] as const) {
    if (isZkebError(error, code)) {
      throw new ZkebError(code, error.message, { hint: HINTS[code] })
    }
  }
  throw error
}

/** The layout of a stream's content by its length alone. Throws `TRUNCATED`, `FORMAT` or `LIMIT`. */
export function layoutOfStream(messageBytes: number): Layout {
  try {
    return layoutOfMessage(messageBytes, MAX_STREAM_BYTES)
  } catch (error) {
    return explained(error)
  }
}
