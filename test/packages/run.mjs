// Packs the three packages and uses them in blank projects, as somebody does who installs them from npm.
//   npm run test:packages              all projects
//   npm run test:packages -- NAME…     only these (the folders below test/packages)
// A project folder is copied to a temporary directory; its package.json says what npm installs beside
// the tarballs, and its script `test` must succeed.

import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packPackages, ROOT, run, step } from '../../scripts/tools.mjs'

const HERE = import.meta.dirname
const folders = (await readdir(HERE, { withFileTypes: true })).filter((entry) =>
  entry.isDirectory(),
)
const names = process.argv.length > 2 ? process.argv.slice(2) : folders.map(({ name }) => name)
const work = await mkdtemp(join(tmpdir(), 'zkeb-packages-'))
let failed = names.length

try {
  if (
    await step('packages setup', () => run(process.execPath, [join(ROOT, 'scripts/setup.mjs')]))
  ) {
    const tarballs = await packPackages(work)
    for (const name of names) if (await tryProject(name, tarballs)) failed -= 1
  }
} finally {
  await rm(work, { recursive: true })
}
console.log(`packages: ${names.length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

function tryProject(name, tarballs) {
  return step(`packages ${name}`, async () => {
    const cwd = join(work, name)
    await cp(join(HERE, name), cwd, { recursive: true })
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs], {
      cwd,
    })
    await run('npm', ['test'], { cwd })
  })
}
