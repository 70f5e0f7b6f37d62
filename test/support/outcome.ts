/** What came of a call: the code of a ZkebError, the class of another error, or 'none'. */
import { isZkebError } from '@zkeb/core'

export async function outcomeOf(work: () => unknown): Promise<string> {
  const error = await errorOf(work)
  if (error === undefined) return 'none'
  if (isZkebError(error)) return error.code
  return error instanceof Error ? error.name : typeof error
}

/** The error of a call that should fail; undefined where it does not. */
export async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    await work()
    return undefined
  } catch (error) {
    return error
  }
}

/** Message of a TypeError or RangeError; anything else is told as what it is. */
export async function misuseOf(work: () => unknown): Promise<string> {
  const error = await errorOf(work)
  if (error instanceof TypeError || error instanceof RangeError) return error.message
  return `not misuse: ${await outcomeOf(work)}`
}
