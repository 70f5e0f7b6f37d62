/** Reads public test vectors (Wycheproof), and counts what was run, and what was skipped and why. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Backend } from '@zkeb/core'
import { afterAll } from 'vitest'
import { nodeBackend } from '../../packages/core/src/crypto/node'
import { webcryptoBackend } from '../../packages/core/src/crypto/webcrypto'
import { vectorsDir } from './vectors'

/** A case of a Wycheproof file: hex text for bytes. */
export interface VectorCase {
  readonly tcId: number
  readonly comment: string
  readonly flags: readonly string[]
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly [field: string]: unknown
}

export interface VectorGroup {
  readonly tests: readonly VectorCase[]
  readonly [field: string]: unknown
}

export const BACKENDS: readonly (readonly [string, Backend])[] = [
  ['node', nodeBackend],
  ['webcrypto', webcryptoBackend],
]

/** Undefined where there are no public vectors on this machine. */
export const folder = vectorsDir()

/** The groups of a file. */
export function readGroups(file: string): readonly VectorGroup[] {
  const text = readFileSync(join(folder ?? '', 'wycheproof', file), 'utf8')
  const { testGroups } = JSON.parse(text) as { testGroups: readonly VectorGroup[] }
  return testGroups
}

/** Counts cases, and prints the counts at the end of a file. */
export function countCases(name: string) {
  let run = 0
  const skipped = new Map<string, number>()
  afterAll(() => {
    const reasons = [...skipped].map(([reason, count]) => `${count} skipped: ${reason}`)
    console.info([`${name}: ${run} run, both backends together`, ...reasons].join('; '))
  })
  return {
    run: () => {
      run++
    },
    skip: (reason: string) => {
      skipped.set(reason, (skipped.get(reason) ?? 0) + 1)
    },
  }
}

/** A field that holds bytes as hex. */
export function field(of: VectorCase | VectorGroup, name: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(String(of[name]), 'hex'))
}
