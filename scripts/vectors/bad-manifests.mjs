/** Chains that break one rule of spec/account.md each, signed with good keys, and encodings that are none. */
import { pae } from './by-hand.mjs'
import { base64, hex } from './features.mjs'
import {
  ASLEEP,
  after,
  device,
  digestOf,
  edit,
  idOf,
  joined,
  partiesOf,
  REVOKED,
  revocation,
  rotated,
  signed,
  slot,
  story,
  without,
} from './manifests.mjs'

/** What has to follow the first `keep` manifests of the chain `x25519`, and must not. The pin is of the first, or as it says. */
export function negatives() {
  const parties = partiesOf('x25519')
  const { alice, bob, carol, mallory, passphrase, recovery, passkey, spare } = parties
  const chain = story(parties)
  const first = chain[0].content
  const cases = []
  const add = (name, code, given) => {
    const { keep = 0, next = [], pin = { counter: 0, digest: chain[0].digest }, accountId } = given
    const { counter, digest } = pin
    cases.push({
      ...{ name, code, keep, next: next.map(({ stored }) => base64(stored)) },
      pin: { counter, digest: hex(digest) },
      ...(accountId && { accountId: hex(accountId) }),
    })
  }
  /** One manifest after the first `keep`. */
  const bad = (name, keep, signer, make, { code = 'MANIFEST', ...options } = {}) =>
    add(name, code, { keep, next: [signed(make(chain[keep - 1]), signer, options)] })
  const devicesWith =
    (...more) =>
    (it) =>
      after(it, { devices: [...it.content.devices, ...more] })
  const slots = (change) => (it) => after(it, { slots: change(it.content.slots) })
  const devices = (change) => (it) => after(it, { devices: change(it.content.devices) })

  const founded = (name, changes, signer = alice) => {
    const it = signed({ ...first, ...changes }, signer)
    add(`first: ${name}`, 'MANIFEST', { next: [it], pin: { counter: 0, digest: it.digest } })
  }
  founded('counter 1', { counter: 1 })
  founded('generation 1', { generation: 1 })
  founded('without a nonce', { nonce: undefined })
  founded('another nonce', { nonce: digestOf('another nonce') })
  founded('with a predecessor', { predecessor: digestOf('predecessor') })
  founded('two devices', { devices: [...first.devices, device(bob)] })
  founded('an unconfirmed device', { devices: [device(alice, 'unconfirmed')] })
  founded('a dormant slot', { slots: edit(first.slots, 'passphrase', { sealed: undefined }) })
  founded('a slot of nobody', { slots: edit(first.slots, 'passphrase', { handlers: [] }) })
  founded('signed by another', {}, mallory)
  founded('signed by its slot', {}, passphrase)

  bad('rule 1: another account', 2, alice, (it) => after(it, { accountId: digestOf('account') }))
  bad('rule 1: a nonce', 2, alice, (it) => after(it, { nonce: first.nonce }))
  bad('rule 1: the same counter', 2, alice, (it) => after(it, { counter: 1 }))
  bad('rule 1: a counter left out', 2, alice, (it) => after(it, { counter: 3 }))
  bad('rule 1: no predecessor', 2, alice, (it) => after(it, { predecessor: undefined }))
  bad('rule 1: an older predecessor', 2, alice, (it) => after(it, { predecessor: chain[0].digest }))
  bad('rule 2: a generation left out', 2, alice, (it) => rotated(rotated(after(it))))
  bad('rule 2: a generation back', 4, alice, (it) => ({ ...rotated(after(it)), generation: 0 }))
  bad('rule 2: a generation left out, with the same key', 2, alice, (it) =>
    after(it, { generation: 2 }),
  )
  bad('rule 2: another account key', 2, alice, (it) =>
    after(it, { commitment: digestOf('another key') }),
  )
  bad('rule 3: signed by a stranger', 2, mallory, after)
  bad('rule 3: a stranger adds itself', 2, mallory, devicesWith(device(mallory)))
  bad('rule 3: signed by a revoked device', 5, alice, after)
  bad('rule 3: signed by an unconfirmed device', 6, bob, after)
  bad('rule 3: signed by a removed slot', 5, passphrase, (it) => joined(it, passphrase, carol))
  bad('rule 3: signed by a dormant slot', 6, passkey, (it) => joined(it, passkey, mallory))
  const forged = signed(after(chain[1]), alice)
  const wrong = pae([forged.body, alice.keys.signing.fingerprint, mallory.sign(forged.message)])
  add('rule 3: the signature of another', 'MANIFEST', { keep: 2, next: [{ stored: wrong }] })
  const bare = pae([forged.body, alice.keys.signing.fingerprint, alice.sign(forged.digest)])
  add('rule 3: a signature of the bare digest', 'MANIFEST', { keep: 2, next: [{ stored: bare }] })
  bad(
    'rule 4: a device is gone',
    2,
    alice,
    devices((it) => without(it, 'bob')),
  )
  bad(
    'rule 4: a device has another key',
    2,
    alice,
    devices((it) => edit(it, 'bob', { signing: mallory.signing })),
  )
  bad('rule 4: a revoked device is back', 5, bob, (it) =>
    after(it, {
      devices: edit(it.content.devices, 'alice', { state: 'active', sealed: digestOf('a') }),
      revocations: [],
    }),
  )
  bad(
    'rule 4: the keys of a revoked device',
    5,
    bob,
    devicesWith({ ...device(alice), id: carol.id }),
  )
  bad(
    'rule 4: a removed slot is back',
    5,
    bob,
    slots((it) => [...it, slot(passphrase, ['bob'])]),
  )
  bad('rule 4: the id of a slot', 2, alice, devicesWith({ ...device(carol), id: passphrase.id }))
  bad('rule 4: the keys of a slot', 2, alice, devicesWith({ ...device(passphrase), id: carol.id }))
  bad(
    'rule 4: one key for both',
    2,
    alice,
    devicesWith({ ...device(carol), encryption: carol.signing }),
  )
  bad(
    'rule 4: a key that is none',
    2,
    alice,
    devicesWith({ ...device(carol), signing: Buffer.alloc(44) }),
  )
  bad('rule 5: a revocation is gone', 5, bob, (it) => after(it, { revocations: [] }))
  bad('rule 5: another list', 5, bob, (it) =>
    after(it, { revocations: [{ ...revocation(alice), list: digestOf('another list') }] }),
  )
  bad('rule 5: an active device has one', 5, bob, (it) =>
    after(it, { revocations: [...it.content.revocations, revocation(bob)] }),
  )
  bad(
    'rule 6: another kind',
    2,
    alice,
    slots((it) => edit(it, 'passphrase', { kind: 'passkey' })),
  )
  bad(
    'rule 6: other parameters',
    2,
    alice,
    slots((it) => edit(it, 'passphrase', { parameters: Buffer.alloc(0) })),
  )
  bad(
    'rule 6: another key',
    2,
    alice,
    slots((it) => edit(it, 'passphrase', { encryption: spare.encryption })),
  )
  bad(
    'rule 6: a handler is gone',
    6,
    carol,
    slots((it) => edit(it, 'recovery', { handlers: [carol.id] })),
  )
  bad(
    'rule 6: a handler that is no device',
    2,
    alice,
    slots((it) => edit(it, 'passphrase', { handlers: [alice.id, carol.id] })),
  )
  bad('rule 6: a revoked device has handled it', 4, bob, (it) =>
    rotated(
      after(it, {
        devices: edit(it.content.devices, 'alice', REVOKED),
        revocations: [revocation(alice)],
      }),
    ),
  )
  bad(
    'rule 7: active, and nothing sealed to it',
    2,
    alice,
    devices((it) => edit(it, 'bob', { sealed: undefined })),
  )
  bad(
    'rule 7: sealed to an unconfirmed device',
    6,
    carol,
    devices((it) => edit(it, 'bob', { sealed: digestOf('b') })),
  )
  bad(
    'rule 7: another sealed key',
    2,
    alice,
    devices((it) => edit(it, 'bob', { sealed: digestOf('b') })),
  )
  bad('rule 8: a new device is unconfirmed', 2, alice, devicesWith(device(carol, 'unconfirmed')))
  bad('rule 8: an active device becomes unconfirmed', 2, alice, (it) =>
    rotated(devices((all) => edit(all, 'bob', ASLEEP))(it)),
  )
  bad('rule 8: the signer revokes itself', 4, bob, (it) =>
    rotated(
      after(it, {
        devices: edit(it.content.devices, 'bob', REVOKED),
        slots: it.content.slots.filter(({ handlers }) => !handlers.includes(bob.id)),
        revocations: [revocation(bob)],
      }),
    ),
  )
  bad('rule 8: revoked without rotation', 2, alice, (it) =>
    after(it, {
      devices: edit(it.content.devices, 'bob', REVOKED),
      revocations: [revocation(bob)],
    }),
  )
  bad(
    'rule 8: a slot becomes dormant',
    2,
    alice,
    slots((it) => edit(it, 'passphrase', { sealed: undefined })),
  )
  bad(
    'rule 8: a new slot is not of its signer',
    2,
    alice,
    slots((it) => [...it, slot(passkey, ['bob'])]),
  )
  bad(
    'rule 8: a slot is removed without rotation',
    2,
    alice,
    slots(() => []),
  )
  bad('rule 9: another device stays active', 5, recovery, (it) => {
    const next = joined(it, recovery, carol)
    const active = { state: 'active', sealed: digestOf('b') }
    return { ...next, devices: edit(next.devices, 'bob', active) }
  })
  bad('rule 9: no new device', 5, recovery, (it) => {
    const next = rotated(after(it))
    return { ...next, slots: edit(next.slots, 'passkey', { sealed: undefined }) }
  })
  bad('rule 9: two new devices', 5, recovery, (it) => {
    const next = joined(it, recovery, carol)
    return { ...next, devices: [...next.devices, device(mallory)] }
  })
  bad('rule 9: another slot is not dormant', 5, recovery, (it) => {
    const next = joined(it, recovery, carol)
    return { ...next, slots: edit(next.slots, 'passkey', { sealed: digestOf('k') }) }
  })
  bad('rule 9: a slot is removed', 5, recovery, (it) => {
    const next = joined(it, recovery, carol)
    return { ...next, slots: without(next.slots, 'passkey') }
  })
  bad('rule 9: a slot is added', 5, recovery, (it) => {
    const next = joined(it, recovery, carol)
    const added = { ...slot(spare, ['carol'], 'passkey'), sealed: undefined }
    return { ...next, slots: [...next.slots, added] }
  })
  bad('rule 9: the new device has not handled it', 5, recovery, (it) => {
    const next = joined(it, recovery, carol)
    return { ...next, slots: edit(next.slots, 'recovery', { handlers: [bob.id] }) }
  })
  bad('rule 9: a slot revokes a device', 2, passphrase, (it) => {
    const next = joined(it, passphrase, carol)
    return { ...next, devices: edit(next.devices, 'bob', REVOKED), revocations: [revocation(bob)] }
  })

  const twisted = (name, code, options, make = after, keep = 3) =>
    bad(`encoding: ${name}`, keep, bob, make, { code, ...options })
  const put = (index, piece) => ({
    change: (all) => all.map((it, i) => (i === index ? piece : it)),
  })
  const backwards = (it) =>
    after(it, { devices: [device(bob), device(alice)].sort((a, b) => (a.id < b.id ? 1 : -1)) })
  twisted('devices not sorted', 'FORMAT', { sort: false }, backwards, 2)
  twisted('a piece more', 'FORMAT', { change: (all) => [...all, ''] })
  twisted('a piece less', 'FORMAT', { change: (all) => all.slice(0, -1) })
  twisted('a short account id', 'FORMAT', put(1, Buffer.alloc(31)))
  twisted('an option of neither kind', 'FORMAT', put(2, Buffer.of(2)))
  twisted('a short counter', 'FORMAT', put(3, Buffer.alloc(4)))
  twisted('a device twice', 'FORMAT', {}, (it) =>
    after(it, { devices: [...it.content.devices, device(alice, 'revoked')] }),
  )
  twisted(
    'a slot of suite rsa',
    'FORMAT',
    {},
    slots((it) => edit(it, 'passkey', { suite: 'rsa' })),
  )
  twisted(
    'another state',
    'FORMAT',
    {},
    devices((it) => edit(it, 'alice', { state: 'Active' })),
  )
  twisted('another version', 'VERSION', { label: 'zkeb/manifest/v2' })
  twisted('another version, in other pieces', 'VERSION', { change: () => ['zkeb/manifest/v2'] })
  twisted('another label', 'FORMAT', { label: 'zkeb/envelope/v1' })
  twisted('a counter of 2^32', 'LIMIT', {}, (it) => after(it, { counter: 2 ** 32 }))
  twisted(
    'parameters of 1025 bytes',
    'LIMIT',
    {},
    slots((it) => edit(it, 'passkey', { parameters: Buffer.alloc(1025) })),
  )
  const crowd = Array.from({ length: 33 }, (_, i) => ({
    ...slot(spare, ['bob'], 'passkey'),
    id: idOf(i),
  }))
  twisted(
    '33 slots',
    'LIMIT',
    {},
    slots(() => crowd),
  )
  const cut = { stored: chain[1].stored.subarray(0, -1) }
  add('encoding: cut', 'FORMAT', { keep: 1, next: [cut] })

  const pinOf = ({ content, digest }) => ({ counter: content.counter, digest })
  const fork = signed(rotated(after(chain[1])), alice)
  add('pin: an older chain', 'ROLLBACK', { keep: 4, pin: pinOf(chain[4]) })
  add('pin: no chain', 'ROLLBACK', {})
  add('pin: another history', 'FORK', { keep: 2, next: [fork], pin: pinOf(chain[2]) })
  const again = signed({ ...first, commitment: digestOf('founded again') }, alice)
  add('pin: founded again', 'FORK', { next: [again] })
  add('another account', 'MANIFEST', { keep: 3, accountId: digestOf('another account') })
  return cases
}
