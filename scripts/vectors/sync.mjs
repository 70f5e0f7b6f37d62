/** The cases of spec/vectors/sync.json. */
import { opt, pae, u64 } from './by-hand.mjs'
import { bytesFor, hex, text } from './features.mjs'
import {
  a,
  accountId,
  alice,
  b,
  c,
  clockOf,
  compaction,
  compare,
  d,
  encodeEntries,
  encodeVersion,
  entry,
  MAX,
  mallory,
  manifest,
  merge,
  scopeHash,
  store,
  versionOf,
  zero,
} from './sync-by-hand.mjs'

const named = (cases, make) => cases.map(([name, ...rest]) => ({ name, ...make(...rest) }))

export function syncVectors() {
  const first = compaction(clockOf(0, 2))
  const second = compaction(clockOf(0, 2, 5), first)
  const third = compaction(clockOf(0, 3, 5), second)
  const chain = [first, second, third]
  const many = (n) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [hex(bytesFor(`many ${i}`, 32)), 1]))
  const plain = versionOf(clockOf(1, 2))
  const changed = (given) => hex(encodeVersion(plain, [], given))
  const other = hex(bytesFor('other content', 32))

  return {
    description:
      'zkeb sync, version 1 (spec/sync.md). Bytes are hexadecimal. `chain` is that of `accountId` and `scopeHash`, every record signed by Alice; cases with `known` have ' +
      'that many of its records at hand. Negative chains are opened for `accountId` and `scopeHash`, the key of `signer` being found (null: none), and fail with `code`. ' +
      'Private keys are here on purpose and protect nothing.',
    identities: { alice: alice.line, mallory: mallory.line },
    accountId: hex(accountId),
    scopeHash: hex(scopeHash),
    manifest: hex(manifest),
    clocks: [
      [clockOf(), clockOf()],
      [clockOf(1, 2), clockOf(1, 2)],
      [clockOf(), clockOf(1)],
      [clockOf(1, 2), clockOf(1, 3)],
      [clockOf(1), clockOf(1, 0, 0, 1)],
      [clockOf(2, 0, 1), clockOf(1, 0, 1)],
      [clockOf(1), clockOf(0, 1)],
      [clockOf(2, 1, 7), clockOf(1, 2, 7, MAX)],
    ].map(([x, y]) => ({ a: x, b: y, order: compare(x, y), merged: merge(x, y) })),
    ticks: [
      { clock: {}, device: b, result: clockOf(0, 1) },
      { clock: clockOf(1, 4), device: b, result: clockOf(1, 5) },
      { clock: clockOf(1, MAX - 1), device: b, result: clockOf(1, MAX) },
      { clock: clockOf(1, MAX), device: b, code: 'LIMIT' },
    ],
    lamport: [
      { own: 0, received: [], next: 1 },
      { own: 7, received: [3, 9, 8], next: 10 },
      { own: 7, received: [3], next: 8 },
      { own: 7, received: [2 ** 32 + 7], next: 2 ** 32 + 8 },
      { own: 7, received: [2 ** 32 + 8], code: 'LIMIT' },
      { own: MAX - 1, received: [], next: MAX },
      { own: MAX, received: [], code: 'LIMIT' },
    ],
    decisions: named(
      [
        ['the same', plain, plain, 'keep'],
        ['older', versionOf(clockOf(2)), versionOf(clockOf(1)), 'keep'],
        ['newer', versionOf(clockOf(1)), versionOf(clockOf(1, 1)), 'fast-forward'],
        ['concurrent', versionOf(clockOf(2, 1)), versionOf(clockOf(1, 2)), 'concurrent'],
        ['other content', plain, { ...plain, contentDigest: other }, 'fork'],
        ['another Lamport time', plain, { ...plain, lamport: 6 }, 'fork'],
        ['another device', plain, { ...plain, device: b }, 'fork'],
        ['2^32 ahead', plain, versionOf(clockOf(2, 2), { lamport: 2 ** 32 + 5 }), 'fast-forward'],
        ['too far ahead', plain, versionOf(clockOf(2, 2), { lamport: 2 ** 32 + 6 }), 'LIMIT'],
        ['too far ahead, and older', plain, versionOf(clockOf(1), { lamport: MAX }), 'LIMIT'],
      ],
      (local, remote, decision) => ({ local, remote, decision }),
    ),
    display: [
      versionOf(clockOf(0, 0, 1), { lamport: 4, device: c }),
      versionOf(clockOf(1, 1), { contentDigest: hex(zero) }),
      versionOf(clockOf(1, 1), { contentDigest: 'ff'.repeat(32) }),
      versionOf(clockOf(1, 1), { device: b, contentDigest: hex(zero) }),
    ],
    chain: chain.map((it) => ({
      floor: it.floor,
      ...text({
        body: it.body,
        digest: it.digest,
        signedMessage: it.signedMessage,
        record: it.record,
      }),
    })),
    stored: named(
      [
        ['empty', clockOf(), 3],
        ['no compactions', clockOf(1, 2), 0],
        ['at the floor', clockOf(1, 3, 5), 3],
        ['at the floor, nothing else', clockOf(0, 3, 5), 3],
        ['above the floor', clockOf(1, 4, 6), 3],
        ['below the newest floor', clockOf(1, 2, 5), 3],
        ['below the second as well', clockOf(1, 9), 3],
        ['below every floor', clockOf(9, 1, 9), 3],
        ['the newest not at hand', clockOf(1, 3, 5), 2],
        ['128 entries', many(128), 3],
      ],
      (clock, known) => ({ clock, known, stored: store(clock, chain.slice(0, known)) }),
    ),
    versions: named(
      [
        ['one device', versionOf(clockOf(1)), 0],
        ['three devices', versionOf(clockOf(1, 2, 3), { device: c, lamport: MAX }), 0],
        ['pruned', versionOf(clockOf(1, 3, 5, 1)), 3],
        ['pruned by an older one', versionOf(clockOf(1, 2, 5, 1)), 3],
        ['of a retired device', versionOf(clockOf(1, 4, 5), { device: b }), 3],
        ['of a retired device, at the floor', versionOf(clockOf(1, 3, 5), { device: b }), 3],
      ],
      (version, known) => ({
        ...{ version, known },
        bytes: hex(encodeVersion(version, chain.slice(0, known))),
      }),
    ),
    negative: {
      versions: named(
        [
          ['another version', changed({ label: 'zkeb/sync/version/v2' }), 'VERSION'],
          [
            'another version, more pieces',
            changed({ label: 'zkeb/sync/version/v3', more: ['x'] }),
            'VERSION',
          ],
          ['another label', changed({ label: 'sync/version/v1' }), 'FORMAT'],
          ['the label of a compaction', changed({ label: 'zkeb/sync/compaction/v1' }), 'FORMAT'],
          ['one piece more', changed({ more: [''] }), 'FORMAT'],
          ['one byte more', `${changed()}00`, 'FORMAT'],
          ['one byte less', changed().slice(0, -2), 'FORMAT'],
          ['no bytes', '', 'FORMAT'],
          ['presence byte 2', changed({ base: Buffer.of(2) }), 'FORMAT'],
          ['presence byte 0 and a digest', changed({ base: Buffer.alloc(33) }), 'FORMAT'],
          ['a compaction not at hand', changed({ base: opt(zero) }), 'COMPACTION_UNKNOWN'],
          [
            'entries out of order',
            changed({ entries: Buffer.concat([entry(b, 1), entry(a, 1)]) }),
            'FORMAT',
          ],
          [
            'a device twice',
            changed({ entries: Buffer.concat([entry(a, 1), entry(a, 1)]) }),
            'FORMAT',
          ],
          ['a count of 0', changed({ entries: entry(a, 0) }), 'FORMAT'],
          ['a count of 2^53', changed({ entries: entry(a, 2n ** 53n) }), 'FORMAT'],
          ['half an entry', changed({ entries: entry(a, 1).subarray(0, 32) }), 'FORMAT'],
          ['a Lamport time of 0', changed({ time: u64(0) }), 'FORMAT'],
          ['a Lamport time of 2^53', changed({ time: u64(2n ** 53n) }), 'FORMAT'],
          ['a Lamport time of 4 bytes', changed({ time: Buffer.of(0, 0, 0, 1) }), 'FORMAT'],
          ['a device of 31 bytes', changed({ writer: zero.subarray(1) }), 'FORMAT'],
          ['a device without a count', changed({ writer: Buffer.from(d, 'hex') }), 'FORMAT'],
          ['a digest of 33 bytes', changed({ digest: Buffer.alloc(33) }), 'FORMAT'],
          [
            'an entry at the floor',
            changed({ base: opt(first.digest), entries: encodeEntries(clockOf(1, 2)) }),
            'FORMAT',
          ],
          [
            'an entry under the floor',
            changed({ base: opt(first.digest), entries: encodeEntries(clockOf(1, 1)) }),
            'FORMAT',
          ],
          ['129 entries', changed({ entries: encodeEntries(many(129)) }), 'LIMIT'],
        ],
        (bytes, code) => ({ bytes, code }),
      ),
      stored: named(
        [
          ['a list', [], 'FORMAT'],
          ['no entries', {}, 'FORMAT'],
          ['another member', { entries: {}, version: 1 }, 'FORMAT'],
          ['a compaction in upper case', { compaction: 'F'.repeat(64), entries: {} }, 'FORMAT'],
          ['a short compaction', { compaction: 'ff', entries: {} }, 'FORMAT'],
          [
            'a compaction not at hand',
            { compaction: hex(zero), entries: {} },
            'COMPACTION_UNKNOWN',
          ],
          ['a device in upper case', { entries: { ['F'.repeat(64)]: 1 } }, 'FORMAT'],
          ['a count of 0', { entries: { [a]: 0 } }, 'FORMAT'],
          ['half a count', { entries: { [a]: 0.5 } }, 'FORMAT'],
          ['a count as text', { entries: { [a]: '1' } }, 'FORMAT'],
          ['at the floor', { compaction: hex(first.digest), entries: { [b]: 2 } }, 'FORMAT'],
          ['129 entries', { entries: many(129) }, 'LIMIT'],
        ],
        (stored, code) => ({ stored, code }),
      ),
      chains: negativeChains(first, second),
    },
  }
}

function negativeChains(first, second) {
  const on = (given, floor = clockOf(0, 2, 5)) => [first, compaction(floor, first, given)]
  const unordered = Buffer.concat([entry(b, 2), entry(a, 1)])
  const records = [
    ['out of order', [second, first], 'FORMAT'],
    ['the first is missing', [second], 'FORMAT'],
    ['one twice', [first, first], 'FORMAT'],
    ['a sequence left out', on({ sequence: u64(3) }), 'FORMAT'],
    ['a sequence of 0', [compaction({}, undefined, { sequence: u64(0) })], 'FORMAT'],
    [
      'a first one with a predecessor',
      [compaction({}, undefined, { predecessor: opt(zero) })],
      'FORMAT',
    ],
    ['no predecessor', on({ predecessor: opt() }), 'FORMAT'],
    ['another predecessor', on({ predecessor: opt(zero) }), 'SIGNATURE'],
    ['a floor that sinks', on({}, clockOf(0, 1, 5)), 'FORMAT'],
    ['a floor that loses a device', on({}, clockOf(0, 0, 5)), 'FORMAT'],
    ['entries out of order', on({ entries: unordered }), 'FORMAT'],
    ['another version', on({ label: 'zkeb/sync/compaction/v2', more: ['x'] }), 'VERSION'],
    ['another label', on({ label: 'compaction' }), 'FORMAT'],
    ['one piece more', on({ more: [''] }), 'FORMAT'],
    ['another account', on({ account: zero }), 'SIGNATURE'],
    ['another scope', on({ scope: zero }), 'SIGNATURE'],
    ['another signature label', on({ signedLabel: 'zkeb/manifest/v1/signature' }), 'SIGNATURE'],
    ['no signature', on({ signature: '' }), 'FORMAT'],
    ['a signature of zeros', on({ signature: Buffer.alloc(64) }), 'SIGNATURE'],
    ['signed by another', on({ by: mallory }), 'SIGNATURE'],
    [
      'signed by another, in her name',
      on({ by: mallory, fingerprint: alice.signing.fingerprint }),
      'SIGNATURE',
    ],
    ['a short fingerprint', on({ fingerprint: zero.subarray(1) }), 'FORMAT'],
  ].map(([name, list, code]) => ({ name, records: list.map((it) => it.record), code }))
  return [
    ...records,
    { name: 'no key is found', records: [first.record], signer: null, code: 'SIGNER_UNKNOWN' },
    {
      name: 'one byte more',
      records: [Buffer.concat([first.record, zero.subarray(31)])],
      code: 'FORMAT',
    },
    { name: 'one byte less', records: [first.record.subarray(0, -1)], code: 'FORMAT' },
    { name: 'one piece more', records: [pae([first.body, zero, zero, ''])], code: 'FORMAT' },
  ].map(({ name, signer = 'alice', records: list, code }) => ({
    name,
    signer,
    records: list.map(hex),
    code,
  }))
}
