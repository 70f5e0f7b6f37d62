/** Ed25519 as the suites use it, against Wycheproof and C2SP's edge cases, on every platform. */
import { field, onPlatforms, runVectors, type VectorCase } from '../support/public-vectors'

const platforms = await onPlatforms(() => import('../../packages/core/src/suites/x25519'))
type Suite = (typeof platforms)[number][1]

/** False, too, for a key that is refused before any signature. */
async function verify({ x25519Keys }: Suite, der: string, it: VectorCase): Promise<boolean> {
  const material = { format: 'encoded', bytes: field({ ...it, der }, 'der') } as const
  const key = await x25519Keys.importPublic('signing', material).catch(() => undefined)
  return key ? x25519Keys.verify(key, field(it, 'msg'), field(it, 'sig')) : false
}

runVectors('Ed25519', {
  files: ['ed25519_test.json'],
  valid: 58,
  invalid: 42,
  backends: platforms,
  check: (suite, it) => verify(suite, String(it['publicKeyDer']), it),
})

const has = ({ flags }: VectorCase, ...names: string[]) => names.some((it) => flags?.includes(it))

/**
 * Points of small order and in a second encoding. Good is what RFC 8032 §5.1.7 without the cofactor finds good, under
 * a key and with an R that we take: no two platforms differ in any case.
 */
runVectors('Ed25519 edge cases', {
  files: ['../cctv/ed25519vectors.json'],
  read: (json) =>
    (json as { number: number; msg: string; flags: string[] | null }[]).map((it) => ({
      ...it,
      tcId: it.number,
      flags: it.flags ?? [],
      msg: Buffer.from(it.msg).toString('hex'),
    })),
  valid: 29,
  invalid: 587,
  backends: platforms,
  isValid: (it) =>
    !has(
      it,
      'low_order_A',
      'low_order_R',
      'non_canonical_A',
      'non_canonical_R',
      'low_order_residue',
    ),
  check: (suite, it) => verify(suite, `302a300506032b6570032100${it['key']}`, it),
})
