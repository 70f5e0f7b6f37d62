/** Account keys as spec/account.md §2 says, with node:crypto alone. */
import { hkdfSync } from 'node:crypto'
import { pae, sealContent, sha256, u64 } from './by-hand.mjs'
import { bytesFor, hex, SUITES, text } from './features.mjs'

export const ACCOUNT_ID = bytesFor('account', 32)
const ak = (generation) => bytesFor(`account key ${generation}`, 32)
export const LABELS = ['backup', 'metadata', 'name', 'sync', 'device'].map(
  (it) => `zkeb/ak-${it}/v1`,
)

export const kdf = (secret, info) => Buffer.from(hkdfSync('sha256', secret, '', info, 32))

export function deriveKey(
  label,
  generation,
  { accountId = ACCOUNT_ID, key = ak(generation) } = {},
) {
  return kdf(key, pae([label, accountId, u64(generation)]))
}

export const commitmentOf = (generation, options) =>
  deriveKey('zkeb/ak-commit/v1', generation, options)

/** AK_g under AK_{g+1}. */
export function wrapPredecessor(generation, { accountId = ACCOUNT_ID, keys = ak } = {}) {
  const next = generation + 1
  const inputKey = deriveKey('zkeb/ak-wrap/v1', next, { accountId, key: keys(next) })
  const context = pae(['zkeb/ak-wrap/v1', accountId, u64(generation), u64(next)])
  const salt = bytesFor(`wrap ${generation} ${hex(accountId)}`, 24)
  const plaintext = keys(generation)
  const { message } = sealContent({ cek: inputKey, salt, h: context, plaintext })
  return { inputKey, context, wrapped: message }
}

/** AK_g for a holder: `{ suite, keys }`. */
export function sealKey(generation, { suite, keys }, options = {}) {
  const { accountId = ACCOUNT_ID, key = ak(generation) } = options
  const aad = pae([accountId, u64(generation), keys.encryption.fingerprint])
  const context = { info: Buffer.from('zkeb/ak-seal/v1'), aad }
  const sealed = SUITES[suite].wrap(key, keys.encryption, undefined, 0, context)
  return { aad, sealed, digest: sha256(sealed) }
}

/** `kept(suite)`: a sealed key as it stands in the file, where it is randomized. */
export function keyVectors(kept) {
  const keys = [0, 1].map((generation) => ({
    generation,
    key: hex(ak(generation)),
    derived: Object.fromEntries(LABELS.map((it) => [it, hex(deriveKey(it, generation))])),
    commitment: hex(commitmentOf(generation)),
  }))
  const { inputKey, context, wrapped } = wrapPredecessor(0)
  const wraps = [
    {
      name: 'generation 0 under 1',
      generation: 0,
      by: 1,
      ...text({ inputKey, context, wrapped, commitment: commitmentOf(0) }),
    },
  ]
  const sealed = Object.keys(SUITES).map(
    (suite) => kept(suite) ?? sealedFor(`suite ${suite}`, suite, SUITES[suite].person('bob')),
  )
  return { keys, wraps, sealed, bad: { wraps: badWraps(wraps[0]), sealed: badSealed(sealed) } }
}

function sealedFor(name, suite, keys) {
  const made = sealKey(1, { suite, keys })
  const commitment = commitmentOf(1)
  return { name, suite, holder: keys.line, generation: 1, ...text({ ...made, commitment }) }
}

const flip = (text) => text.slice(0, -2) + hex([Number.parseInt(text.slice(-2), 16) ^ 1])

function badWraps(good) {
  const elsewhere = wrapPredecessor(0, { accountId: bytesFor('another account', 32) })
  const other = { ...good, commitment: flip(good.commitment) }
  return [
    { ...other, name: 'another commitment' },
    { ...good, name: 'one bit', wrapped: flip(good.wrapped) },
    { ...good, name: 'a byte short', wrapped: good.wrapped.slice(0, -2) },
    { ...good, name: 'nothing', wrapped: '' },
    { ...good, name: 'of another account', wrapped: hex(elsewhere.wrapped) },
    { ...good, name: 'of another generation', wrapped: hex(wrapPredecessor(1).wrapped), by: 1 },
    { ...good, name: 'another key inside', wrapped: hex(wrapPredecessor(0, OTHER_KEYS).wrapped) },
  ].map(({ name, generation, by, wrapped, commitment }) => ({
    ...{ name, generation, by, wrapped, commitment, code: 'OPEN' },
  }))
}

/** Whoever holds AK₁ can wrap what it likes: the commitment tells. */
const OTHER_KEYS = { keys: (generation) => (generation === 0 ? bytesFor('a key', 32) : ak(1)) }

function badSealed(good) {
  const at = (suite) => good.find((it) => it.suite === suite)
  const made = (name, suite, changes) => {
    const { sealed, digest } = sealKey(
      changes.generation ?? 1,
      changes.to ?? holder(suite),
      changes,
    )
    return { ...at(suite), name, sealed: hex(sealed), digest: hex(digest) }
  }
  const holder = (suite, name = 'bob') => ({ suite, keys: SUITES[suite].person(name) })
  const cases = Object.keys(SUITES).flatMap((suite) => [
    { ...at(suite), name: `another digest, ${suite}`, digest: flip(at(suite).digest) },
    { ...at(suite), name: `another commitment, ${suite}`, commitment: flip(at(suite).commitment) },
    {
      ...at(suite),
      name: `one bit, with its digest, ${suite}`,
      sealed: flip(at(suite).sealed),
      digest: hex(sha256(Buffer.from(flip(at(suite).sealed), 'hex'))),
    },
    ...(suite === 'rsa'
      ? []
      : [
          made(`another account key, ${suite}`, suite, { key: bytesFor('a key', 32) }),
          made(`for another holder, ${suite}`, suite, { to: holder(suite, 'carol') }),
          made(`of another generation, ${suite}`, suite, { generation: 2, key: ak(1) }),
          made(`of another account, ${suite}`, suite, { accountId: bytesFor('elsewhere', 32) }),
        ]),
  ])
  return cases.map(({ name, suite, holder, generation, sealed, digest, commitment }) => ({
    ...{ name, suite, holder, generation, sealed, digest, commitment, code: 'OPEN' },
  }))
}
