/** How many public vectors were run, and which were not and why: collected from all files, printed when the last is done. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const FILE = join(import.meta.dirname, '../../node_modules/.cache/vector-counts.txt')

export function noteCount(line: string): void {
  appendFileSync(FILE, `${line}\n`)
}

/** Vitest calls it before the first file, and what it returns after the last. */
export function setup(): () => void {
  mkdirSync(dirname(FILE), { recursive: true })
  rmSync(FILE, { force: true })
  return () => {
    if (!existsSync(FILE)) return
    const lines = readFileSync(FILE, 'utf8').trim().split('\n').sort()
    console.log(`\npublic vectors, on every platform that has the primitive:\n${lines.join('\n')}`)
  }
}
