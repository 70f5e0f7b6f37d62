/** X25519 against Wycheproof, on every platform: an all-zero shared secret is refused. */
import { expect } from 'vitest'
import type { Platform } from '../../packages/core/src/crypto/platform'
import { field, hex, onPlatforms, PLATFORMS, runVectors } from '../support/public-vectors'

// Beside the good ones, `acceptable` are points that others may refuse; we refuse those alone that give zero.
const isValid = ({ result, flags }: { result: string; flags: readonly string[] }) =>
  result !== 'invalid' && !flags.includes('ZeroSharedSecret')

runVectors<Platform>('X25519', {
  files: ['x25519_test.json'],
  valid: 325,
  invalid: 20,
  backends: PLATFORMS,
  isValid,
  async check({ curves }, it) {
    const scalar = field(it, 'private')
    const { privateKey } = await curves.importPrivate('X25519', scalar, false)
    const shared = await curves.agree(privateKey, field(it, 'public'))
    const ephemeral = await curves.x25519(scalar)
    expect(await ephemeral.agree(field(it, 'public'))).toEqual(shared)
    if (shared) expect(hex(shared)).toBe(it['shared'])
    return shared !== undefined
  },
})

const suites = await onPlatforms(async () => ({
  ...(await import('../../packages/core/src/suites/curve-keys')),
  ...((await import('#backend')) as unknown as Platform),
}))

runVectors('X25519 as JWK', {
  files: ['x25519_jwk_test.json'],
  valid: 325,
  invalid: 29,
  backends: suites,
  isValid,
  async check({ curves, readPair, readPoint }, it) {
    const jwk = (name: string) => ({ format: 'jwk', jwk: it[name] as JsonWebKey }) as const
    const { privateKey } = await readPair('X25519', jwk('private'), true)
    let point: Uint8Array<ArrayBuffer>
    try {
      point = readPoint('X25519', jwk('public'))
    } catch (error) {
      expect(error).toMatchObject({ code: 'KEY' })
      return false
    }
    const shared = await curves.agree(privateKey, point)
    if (shared) expect(hex(shared)).toBe(it['shared'])
    return shared !== undefined
  },
})
