/** Tests of many random cases each; what fast-check prints of a failure repeats it, and so does ZKEB_SEED. */
import { isZkebError } from '@zkeb/core'
import fc from 'fast-check'
import { test } from 'vitest'

const soak = Boolean(process.env['ZKEB_SOAK'])
const RUNS = soak ? 20_000 : 400
const TIMEOUT = soak ? 2_400_000 : 120_000
const seed = Number(process.env['ZKEB_SEED'] ?? Date.now() % 2 ** 31)
console.info(`fuzz: seed ${seed} (ZKEB_SEED repeats it), ${RUNS} cases a target`)

/** What came of it; anything but a ZkebError is thrown on, but for misuse of an argument that is named. */
export async function outcome(work: () => unknown, misuseAllowed = false): Promise<string> {
  try {
    await work()
    return 'none'
  } catch (error) {
    return codeOf(error, misuseAllowed)
  }
}

/** The same of an error that came otherwise than by being thrown. */
export function codeOf(error: unknown, misuseAllowed = false): string {
  if (isZkebError(error)) return error.code
  const misuse = error instanceof TypeError || error instanceof RangeError
  if (misuse && misuseAllowed && /^[\w.]+: /.test(error.message)) return 'misuse'
  throw error
}

/** A test of many cases, of fewer where each takes long; the runner's timeout is its bound. */
export function hunt<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  check: (value: T) => Promise<void>,
  runs = RUNS,
) {
  const hunting = () => fc.assert(fc.asyncProperty(arbitrary, check), { seed, numRuns: runs })
  test(name, hunting, TIMEOUT)
}

/** For cases that take tens of milliseconds. */
export const FEW_RUNS = RUNS / 10
