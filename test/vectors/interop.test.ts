/** The decoder in test/interop, written in Python from spec/ alone, reads spec/vectors: each case passes, none is lost. */
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

/** Cases that passed when this was last counted: fewer mean that a file or a kind of case is not read any more. */
const CASES = 1488

/** Argon2id, ML-KEM and ML-DSA in plain Python take minutes where the machine is busy. */
const TIMEOUT_MS = 600_000

const root = join(import.meta.dirname, '../..')
/** Where Debian's packages are, even where another Python comes first in PATH. */
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'
const isThere = spawnSync(python, ['-c', 'import cryptography']).status === 0

// In CI what is missing is a failure: the decoder itself says what.
describe.skipIf(!isThere && !process.env['CI'])('interop', () => {
  test(
    'the independent decoder agrees on every vector',
    async () => {
      const arguments_ = [join(root, 'test/interop/run.py'), join(root, 'spec/vectors')]
      const { stdout } = await promisify(execFile)(python, arguments_).catch((error) => error)
      const [, passed, failed] = /^interop: (\d+) passed, (\d+) failed$/m.exec(stdout ?? '') ?? []
      expect(failed, stdout).toBe('0')
      expect(stdout).not.toMatch(/[1-9]\d* skipped/)
      expect(Number(passed)).toBeGreaterThanOrEqual(CASES)
    },
    TIMEOUT_MS,
  )
})

if (!isThere) {
  console.warn(
    'SKIPPED interop: needs Python and its cryptography: apt-get install python3-cryptography',
  )
}
