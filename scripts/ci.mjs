// What .ci/run runs, in order, all of it even when something fails; ends with "N passed, N failed".

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, step } from './tools.mjs'

const total = { passed: 0, failed: 0 }
const folder = await mkdtemp(join(tmpdir(), 'zkeb-ci-'))
const npm = (...args) => run('npm', args, { echo: true })

await count('check', () => npm('run', '--silent', 'check'), lastCount)
await count('test', () => npm('test', '--', ...jsonReporter('vitest.json')), testCount)
await count('start', () => npm('start'))
await count('start again', async () => {
  const output = await npm('start')
  if (!/found [1-9]\d* .* of earlier runs/.test(output))
    throw new Error('found nothing of the first')
})
await count('packages', () => npm('run', '--silent', 'test:packages'), lastCount)
await count('runtimes', () => npm('run', '--silent', 'test:runtimes'), lastCount)
await count('bench', () => npm('run', '--silent', 'bench', '--', '--quick'))

await rm(folder, { recursive: true })
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 ? 1 : 0

/** Runs a step; it counts as one, or as what `counter` finds in its output. */
async function count(name, work, counter = () => undefined) {
  console.log(`\n== ${name}`)
  let output = ''
  const succeeded = await step(`== ${name}`, async () => {
    try {
      output = await work()
    } catch (error) {
      output = error.message
      throw new Error(error.message.split('\n').at(-1)) // the rest was echoed
    }
  })
  const found = (await counter(output)) ?? { passed: succeeded ? 1 : 0, failed: 0 }
  total.passed += found.passed
  // A step that failed without a failed part, for one that never started.
  total.failed += Math.max(found.failed, succeeded ? 0 : 1)
}

/** The last "N passed, N failed" of an output. */
function lastCount(output) {
  const last = [...output.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1)
  return last && { passed: Number(last[1]), failed: Number(last[2]) }
}

function jsonReporter(name) {
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${join(folder, name)}`]
}

async function testCount() {
  const text = await readFile(join(folder, 'vitest.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const report = JSON.parse(text)
  for (const { assertionResults } of report.testResults) {
    for (const { status, fullName } of assertionResults) {
      if (status === 'pending' || status === 'skipped') console.log(`skipped: ${fullName}`)
    }
  }
  return { passed: report.numPassedTests, failed: report.numFailedTests }
}
