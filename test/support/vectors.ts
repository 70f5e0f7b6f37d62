/** Where the public test vectors are (Wycheproof, C2SP, …); they are too large for this repository. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const VECTORS_HELP =
  'no public vectors; put them in ../shared/vectors, or set VECTORS_DIR to their folder'

/** The folder of the public vectors; undefined when there is none: their tests are skipped by name, in CI they fail. */
export function vectorsDir(): string | undefined {
  const folder = process.env['VECTORS_DIR'] || join(import.meta.dirname, '../../../shared/vectors')
  return existsSync(folder) ? folder : undefined
}
