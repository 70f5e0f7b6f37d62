/** Lists of the backups that are accepted of a revoked device (spec/account.md §9). */
import { rawId, sha256 } from './by-hand.mjs'
import { hex } from './features.mjs'
import { digestOf, idOf } from './manifests.mjs'

export function revocationLists() {
  const entry = (i, digest = digestOf(`backup ${i}`)) => ({ id: idOf(`backup ${i}`), digest })
  const raw = ({ id, digest }) => Buffer.concat([rawId(id), digest])
  const listOf = (entries) => Buffer.concat(entries.map(raw))
  const sorted = [0, 1, 2].map((i) => entry(i)).sort((a, b) => (a.id < b.id ? -1 : 1))
  const [a, b, c] = sorted
  const lists = (all) =>
    all.map(([name, entries, pinned = listOf(entries)]) => ({
      ...{ name, list: hex(listOf(entries)), digest: hex(sha256(pinned)) },
      accepted: entries.map(({ id, digest }) => ({ id, digest: hex(digest) })),
    }))
  return {
    positive: lists([
      ['empty', []],
      ['one', [a]],
      ['three', sorted],
    ]),
    negative: [
      ...lists([
        ['another list', [a, b], listOf([a, c])],
        ['not sorted', [b, a]],
        ['an id twice', [a, a]],
        ['an id twice, of two digests', [a, { ...a, digest: digestOf('z') }]],
      ]),
      { name: 'cut', list: hex(raw(a).subarray(1)), digest: hex(sha256(raw(a).subarray(1))) },
    ].map(({ accepted: _, ...it }) => it),
  }
}
