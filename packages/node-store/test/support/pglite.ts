import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { inject } from 'vitest'

/** Milliseconds to wait for another test file that is making the template. */
const PATIENCE_MS = 50_000

/**
 * An empty PGlite in memory. Making a cluster takes PGlite ten seconds of a core, reading a copy of one takes
 * one: the first file of a run makes the template that the others read.
 */
export async function createPGlite(): Promise<PGlite> {
  const template = join(inject('scratchFolder'), 'pglite.tar')
  try {
    await mkdir(`${template}.lock`)
  } catch {
    const tar = await waitFor(template)
    return tar === undefined ? PGlite.create() : PGlite.create({ loadDataDir: tar })
  }
  const pglite = await PGlite.create()
  const tar = await pglite.dumpDataDir('none')
  await writeFile(`${template}.new`, new Uint8Array(await tar.arrayBuffer()))
  await rename(`${template}.new`, template)
  return pglite
}

async function waitFor(template: string): Promise<Blob | undefined> {
  const deadline = Date.now() + PATIENCE_MS
  while (Date.now() < deadline) {
    try {
      return new Blob([await readFile(template)])
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  return undefined
}
