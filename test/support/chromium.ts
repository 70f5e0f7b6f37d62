/**
 * Finds a Chromium for the browser tests: CHROMIUM_PATH, one that is installed, or on Linux x64 the
 * one inside the npm package @sparticuz/chromium, unpacked once with the libraries it needs.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A browser program, and the environment it needs on top of the process's own. */
export interface Chromium {
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

export const CHROMIUM_HELP =
  'no Chromium; apt-get install chromium, or set CHROMIUM_PATH to a Chromium or Chrome program'

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** Needed as root and in containers; the rest keeps the browser off the network. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** @throws Error when CHROMIUM_PATH names nothing that exists. */
export function findChromium(): Chromium | undefined {
  const named = process.env['CHROMIUM_PATH']
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH: there is no ${named}`)
    return { path: named, env: {} }
  }
  const path = INSTALLED.find((candidate) => existsSync(candidate))
  return path ? { path, env: {} } : unpackChromium()
}

function unpackChromium(): Chromium | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve('@sparticuz/chromium')
  } catch {
    return undefined
  }
  const { version } = JSON.parse(readFileSync(join(dirname(entry), '../../package.json'), 'utf8'))
  const cache = join(import.meta.dirname, '../../node_modules/.cache')
  const folder = join(cache, `chromium-${version}`)
  if (!existsSync(folder)) {
    // The package unpacks into the temporary directory, and adds the shared libraries only where it
    // believes itself on AWS Lambda; so it is told so, in a process and a directory of its own.
    mkdirSync(cache, { recursive: true })
    const temporary = mkdtempSync(`${folder}-`)
    const script = `import(${JSON.stringify(entry)}).then((it) => it.default.executablePath())`
    execFileSync(process.execPath, ['-e', script], {
      env: { ...process.env, TMPDIR: temporary, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' },
    })
    try {
      renameSync(temporary, folder)
    } catch {
      rmSync(temporary, { recursive: true }) // another process was first
    }
  }
  const libraries = [join(folder, 'al2023/lib'), process.env['LD_LIBRARY_PATH']]
  const env = {
    FONTCONFIG_PATH: join(folder, 'fonts'),
    LD_LIBRARY_PATH: libraries.filter(Boolean).join(':'),
  }
  return { path: join(folder, 'chromium'), env }
}
