/** Where the public test vectors are (Wycheproof, C2SP, …); they are too large for this repository. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

export const VECTORS_HELP =
  'no public vectors; put them in ../shared/vectors, or set VECTORS_DIR to their folder'

/**
 * The folder of the public vectors; undefined when there is none, and the tests that need it are skipped.
 *
 * @throws Error when VECTORS_DIR names nothing that exists, and in CI when there is no folder.
 */
export function vectorsDir(): string | undefined {
  const named = process.env['VECTORS_DIR']
  if (named) {
    if (!existsSync(named)) throw new Error(`VECTORS_DIR: there is no ${named}`)
    return resolve(named)
  }
  const folder = join(import.meta.dirname, '../../../shared/vectors')
  if (existsSync(folder)) return folder
  if (process.env['CI']) throw new Error(VECTORS_HELP)
  return undefined
}
