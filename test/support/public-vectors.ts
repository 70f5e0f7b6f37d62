/** Runs public test vectors (Wycheproof and others), and counts what was run, and what was skipped and why. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { Backend } from '../../packages/core/src/crypto/backend'
import * as node from '../../packages/core/src/crypto/node'
import type { Platform } from '../../packages/core/src/crypto/platform'
import * as pure from '../../packages/core/src/crypto/pure'
import * as webcrypto from '../../packages/core/src/crypto/webcrypto'
import { noteCount } from './vector-counts'
import { VECTORS_HELP, vectorsDir } from './vectors'

/** A case of a Wycheproof file, hex text for bytes; what its group says of all its cases stands in it as well. */
export interface VectorCase {
  readonly tcId: number
  readonly comment: string
  readonly flags: readonly string[]
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly [field: string]: unknown
}

interface Plan<B> {
  /** In the folder of Wycheproof. */
  readonly files: readonly string[]
  /** The cases of a file that is laid out otherwise. */
  read?(json: unknown): readonly Record<string, unknown>[]
  /** How many of the cases that are ours are good, and how many bad: a file that shrinks shows. */
  readonly valid: number
  readonly invalid: number
  readonly backends: readonly (readonly [string, B])[]
  /** Why a case is not ours; undefined where it is. */
  reasonToSkip?(it: VectorCase): string | undefined
  /** Whether a case is good here; by default, as its authors say. */
  isValid?(it: VectorCase): boolean
  /** Runs a case; true where it is found good. */
  check(backend: B, it: VectorCase): Promise<boolean>
}

/** Every platform that `#backend` may stand for; what WebCrypto lacks it takes from where `pure` has it. */
export const PLATFORMS = [
  ['node', node],
  ['webcrypto', webcrypto],
  ['pure', pure],
] as const satisfies readonly (readonly [string, Platform])[]

export const BACKENDS: readonly (readonly [string, Backend])[] = PLATFORMS.map(
  ([name, { defaultBackend }]) => [name, defaultBackend],
)

/** A module of core as a build for each platform holds it. */
export async function onPlatforms<T>(
  load: () => Promise<T>,
  platforms: readonly (readonly [string, Platform])[] = PLATFORMS,
) {
  const loaded: (readonly [string, T])[] = []
  for (const [name, platform] of platforms) {
    vi.resetModules()
    vi.doMock('#backend', () => ({ ...platform }))
    loaded.push([name, await load()])
    vi.doUnmock('#backend')
  }
  return loaded
}

/** Every case of the files, on every backend. Without public vectors a skip by name, in CI a failure. */
export function runVectors<B>(name: string, plan: Plan<B>): void {
  const folder = vectorsDir()
  if (folder === undefined) {
    test.skipIf(!process.env['CI'])(`${name}: ${VECTORS_HELP}`, () => {
      throw new Error(VECTORS_HELP)
    })
    return
  }
  const { reasonToSkip = () => undefined, isValid = ({ result }) => result === 'valid' } = plan
  const all = plan.files.flatMap((file) => readCases(join(folder, 'wycheproof', file), plan))
  const ours = all.filter((it) => reasonToSkip(it) === undefined)

  describe(name, () => {
    let run = 0
    afterAll(() => noteCount([`${name}: ${run} run`, ...countReasons(all, reasonToSkip)].join()))

    test('as many cases as there were, good and bad', () => {
      const valid = ours.filter(isValid).length
      expect({ valid, invalid: ours.length - valid }).toEqual({
        valid: plan.valid,
        invalid: plan.invalid,
      })
    })

    describe.each(plan.backends)('%s', (_name, backend) => {
      const titled = ours.map((it) => [it.tcId, it.comment || it.flags.join(), it] as const)
      test.each(titled)('%d: %s', async (_id, _comment, it) => {
        run++
        expect(await plan.check(backend, it)).toBe(isValid(it))
      })
    })
  })
}

function readCases(file: string, { read = readWycheproof }: Pick<Plan<unknown>, 'read'>) {
  const cases = read(JSON.parse(readFileSync(file, 'utf8')))
  const defaults = { comment: '', flags: [], result: 'valid' }
  return cases.map((it, i) => ({ ...defaults, tcId: i, ...it }) as unknown as VectorCase)
}

function readWycheproof(json: unknown): Record<string, unknown>[] {
  const { testGroups } = json as {
    testGroups: readonly { readonly tests: readonly Record<string, unknown>[] }[]
  }
  return testGroups.flatMap(({ tests, ...group }) => tests.map((it) => ({ ...group, ...it })))
}

function countReasons(all: VectorCase[], reasonToSkip: (it: VectorCase) => string | undefined) {
  const counts = new Map<string, number>()
  for (const reason of all.map(reasonToSkip)) {
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts].map(([reason, count]) => ` ${count} skipped (${reason})`)
}

/** A field that holds bytes as hex. */
export function field(of: VectorCase, name: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(String(of[name]), 'hex'))
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
