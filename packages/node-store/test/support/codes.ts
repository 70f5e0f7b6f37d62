import { isZkebError } from '@zkeb/core'

/** The code a promise fails with; anything but a ZkebError is a failure of the test. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isZkebError<string>(error)) return error.code
    throw error
  }
  throw new Error('it did not fail')
}
