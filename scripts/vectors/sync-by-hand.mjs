/** Clocks, versions and compactions as spec/sync.md says, with node:crypto alone. */
import { opt, pae, sha256, u64 } from './by-hand.mjs'
import { bytesFor, hex } from './features.mjs'
import { makeIdentity, signEd25519 } from './x25519-by-hand.mjs'

export const MAX = Number.MAX_SAFE_INTEGER
export const [a, b, c, d] = ['a', 'b', 'c', 'd']
  .map((name) => hex(bytesFor(`device ${name}`, 32)))
  .sort()
export const accountId = bytesFor('account', 32)
export const scopeHash = bytesFor('scope', 32)
export const manifest = bytesFor('manifest', 32)
export const zero = Buffer.alloc(32)
export const alice = makeIdentity('alice')
export const mallory = makeIdentity('mallory')

/** §2 */
export const clockOf = (...counts) =>
  Object.fromEntries([a, b, c, d].map((it, i) => [it, counts[i] ?? 0]).filter(([, n]) => n > 0))
const count = (clock, device) => clock[device] ?? 0
const union = (x, y) => [...new Set([...Object.keys(x), ...Object.keys(y)])].sort()
const isUpTo = (x, y) => union(x, y).every((device) => count(x, device) <= count(y, device))
export const merge = (x, y) =>
  Object.fromEntries(union(x, y).map((it) => [it, Math.max(count(x, it), count(y, it))]))
export function compare(x, y) {
  if (isUpTo(x, y)) return isUpTo(y, x) ? 'equal' : 'before'
  return isUpTo(y, x) ? 'after' : 'concurrent'
}
export const entry = (device, n) => Buffer.concat([Buffer.from(device, 'hex'), u64(n)])
export const encodeEntries = (clock) =>
  Buffer.concat(
    Object.keys(clock)
      .sort()
      .map((device) => entry(device, clock[device])),
  )

/** §7. Every part can be replaced. */
export function compaction(floor, before, given = {}) {
  const {
    label = 'zkeb/sync/compaction/v1',
    sequence = u64((before?.sequence ?? 0) + 1),
    predecessor = opt(before?.digest),
    entries = encodeEntries(floor),
    account = accountId,
    scope = scopeHash,
    by = alice,
    signedLabel = 'zkeb/sync/compaction/v1/signature',
    more = [],
  } = given
  const body = pae([label, account, scope, sequence, predecessor, entries, manifest, ...more])
  const digest = sha256(body)
  const signedMessage = pae([signedLabel, digest])
  const signature = given.signature ?? signEd25519(signedMessage, by.signing)
  const record = pae([body, given.fingerprint ?? by.signing.fingerprint, signature])
  return { floor, sequence: (before?.sequence ?? 0) + 1, body, digest, signedMessage, record }
}

/** §6 */
export function store(clock, chain) {
  const base = chain.findLast(({ floor }) => isUpTo(floor, clock))
  if (!base) return { entries: clock }
  const left = Object.entries(clock).filter(([device, n]) => count(base.floor, device) !== n)
  return { compaction: hex(base.digest), entries: Object.fromEntries(left) }
}

/** §4. Every part can be replaced. */
export function encodeVersion({ clock, lamport, device, contentDigest }, chain = [], given = {}) {
  const stored = store(clock, chain)
  const {
    label = 'zkeb/sync/version/v1',
    base = opt(stored.compaction && Buffer.from(stored.compaction, 'hex')),
    entries = encodeEntries(stored.entries),
    time = u64(lamport),
    writer = Buffer.from(device, 'hex'),
    digest = Buffer.from(contentDigest, 'hex'),
    more = [],
  } = given
  return pae([label, base, entries, time, writer, digest, ...more])
}
export const versionOf = (clock, rest = {}) => ({
  clock,
  lamport: 5,
  device: a,
  contentDigest: hex(bytesFor('content', 32)),
  ...rest,
})
