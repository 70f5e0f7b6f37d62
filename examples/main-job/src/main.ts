/**
 * The main job of zkeb: `npm start [-- path/to/a/file] [-- --database-url postgres://…]`. What it does is in job.ts, for the
 * prompt vault, and in backup-job.ts.
 */
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isZkebError } from '@zkeb/core'
import { runBackupJob } from './backup-job'
import { openDatabase } from './database'
import { runJob } from './job'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const DATA = join(ROOT, '.zkeb')
const MAX_BYTES = 64 * 1024 * 1024
const USAGE = `npm start [-- [path/to/a/file] [--database-url postgres://user:password@host/database]]

Seals a file (default: the README) and a short prompt, stores, delivers, opens and tampers with them.
Rows and keys are kept in .zkeb, so that the next run finds them; --database-url uses a real server.
Then backs the file up, loses every device, recovers the account from guardians' shares, and restores the file;
this half keeps nothing.`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'database-url': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return console.log(USAGE)
  // npm runs scripts in the project's folder: INIT_CWD is where the user stands.
  const file = resolve(process.env.INIT_CWD ?? '.', positionals[0] ?? join(ROOT, 'README.md'))
  if (positionals.length > 1) throw new Mistake(`one file at a time\n\n${USAGE}`)
  const content = await readInput(file)
  const database = await openDatabase(values['database-url'], join(DATA, 'database'))
  try {
    const fileName = basename(file)
    await runJob({ database, keysFolder: join(DATA, 'keys'), fileName, content })
    await runBackupJob({ fileName, content })
  } finally {
    await database.close()
  }
}

class Mistake extends Error {}

async function readInput(file: string): Promise<Uint8Array> {
  const found = await stat(file).catch(() => undefined)
  if (!found?.isFile()) throw new Mistake(`${file} is not a file`)
  if (found.size > MAX_BYTES) throw new Mistake(`${file} is larger than an envelope can be: 64 MiB`)
  return readFile(file)
}

/** Mistakes of the user end in one line; everything else keeps its stack. */
function explain(error: unknown): string | undefined {
  if (isZkebError(error)) {
    const advice =
      error.code === 'KEY' ? `To start again, delete ${DATA}: what it holds is lost.` : ''
    return [`${error.code}: ${error.message}`, error.hint, advice].join('\n')
  }
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code.startsWith('ERR_PARSE_ARGS')) return `${message}\n\n${USAGE}`
  if (code === 'ERR_INVALID_URL') return '--database-url: not a valid URL'
  return error instanceof Mistake ? message : undefined
}

try {
  await main()
} catch (error) {
  const explanation = explain(error)
  if (explanation === undefined) throw error
  console.error(explanation.trim())
  process.exitCode = 1
}
