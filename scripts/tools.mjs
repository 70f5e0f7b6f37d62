// What the scripts share: running a program quietly, timing it, packing the packages. Node builtins only.

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const PNPM = 'pnpm@12.21.0'

/**
 * Runs a program without input and resolves to its output; node_modules/.bin is searched first.
 * Throws an Error whose message is the output when the program fails. With `echo` the output is also printed.
 */
export async function run(command, args = [], { cwd = ROOT, env = {}, echo = false } = {}) {
  const path = [join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
  let output = ''
  const collect = (text) => {
    output += text
    if (echo) process.stdout.write(text)
  }
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  const code = await new Promise((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  )
  if (code !== 0) throw new Error(`${output.trim()}\n${command} ${args.join(' ')}: exit ${code}`)
  return output
}

/**
 * Runs a step and prints one line with its time and the `note` it resolves to, or its error; resolves to
 * success.
 */
export async function step(name, work) {
  const began = performance.now()
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(1)} s`
  try {
    const result = await work()
    console.log(`${name}: ok, ${seconds()}${result?.note ? `, ${result.note}` : ''}`)
    return true
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : error}\n${name}: FAILED, ${seconds()}`,
    )
    return false
  }
}

/** Packs the three packages as they would be published; returns the paths of the tarballs. */
export async function packPackages(folder) {
  const filter = ['--filter', './packages/*']
  await run('npx', ['--yes', PNPM, '--recursive', ...filter, 'pack', '--pack-destination', folder])
  return readdirSync(folder)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => join(folder, name))
}
