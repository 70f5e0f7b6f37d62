/** An account as a server keeps it (spec/account.md): founded, then rotated. With node:crypto alone. */
import { commitmentOf, deriveKey, LABELS, sealKey, wrapPredecessor } from './account-keys.mjs'
import { encodedOf, makeSlot, signBySlot } from './account-slots.mjs'
import { pae, sha256 } from './by-hand.mjs'
import { base64, bytesFor, hex, SUITES, uuid } from './features.mjs'
import { after, joined, signed } from './manifests.mjs'

const keysOf = ({ encryption, signing }) => ({
  encryption: encodedOf(encryption),
  signing: encodedOf(signing),
})

export function wholeAccount() {
  const suite = 'x25519'
  const deviceId = uuid('first device')
  const device = SUITES[suite].person('alice')
  const nonce = bytesFor('account nonce', 32)
  const accountId = sha256(pae(['zkeb/account/v1', nonce, device.fingerprint]))
  const slotNamed = (place) => makeSlot('of the account', { kind: 'recovery', suite: 'pq', place })
  const seedless = slotNamed()
  const holders = {
    device: { suite, keys: device },
    slot: { suite: 'pq', keys: seedless.keys },
  }
  const seal = (generation, holder, key) =>
    sealKey(generation, holders[holder], { accountId, ...(key && { key }) })
  const content = (generation) => ({
    ...{ accountId, generation, commitment: commitmentOf(generation, { accountId }) },
    slots: [
      {
        ...{ id: seedless.id, kind: 'recovery', parameters: seedless.parameters, suite: 'pq' },
        ...{ ...keysOf(seedless.keys), sealed: seal(generation, 'slot').digest },
        handlers: [deviceId],
      },
    ],
    devices: [
      {
        ...{ id: deviceId, suite, ...keysOf(device), state: 'active' },
        sealed: seal(generation, 'device').digest,
      },
    ],
    revocations: [],
  })
  const signer = { keys: device, sign: (it) => SUITES[suite].signMessage(it, device.signing) }
  const first = signed({ ...content(0), nonce, counter: 0 }, signer)
  const second = signed(after(first, content(1)), signer)
  const slot = slotNamed({ accountId, counter: 0, digest: first.digest })
  const keyOf = (generation, holder, key) => ({
    generation,
    holderId: { device: deviceId, slot: slot.id }[holder],
    sealed: base64(seal(generation, holder, key).sealed),
  })
  const both = (key) => ['device', 'slot'].map((holder) => keyOf(1, holder, key))
  const { wrapped } = wrapPredecessor(0, { accountId })
  const record = {
    manifests: [first, second].map(({ stored }) => base64(stored)),
    slots: [base64(slot.stored)],
    keys: [keyOf(0, 'device'), keyOf(0, 'slot'), ...both()],
    wraps: [{ generation: 0, wrapped: base64(wrapped) }],
    revocationLists: [],
  }
  const derived = [0, 1].map((generation) =>
    Object.fromEntries(LABELS.map((it) => [it, hex(deriveKey(it, generation, { accountId }))])),
  )
  return {
    ...{ deviceId, device: device.line, stranger: SUITES[suite].person('bob').line },
    ...{ accountId: hex(accountId), slotId: slot.id, recovery: slot.secret.recovery },
    pins: [first, second].map(({ digest }, counter) => ({ counter, digest: hex(digest) })),
    ...{ record, derived },
    negative: negatives({ record, both, seal, first, signer, slot, content }),
  }
}

/** What a server changes of the record. `by` says who opens, `pin` is the index of the pin a device has. */
function negatives({ record, both, first, slot, content, signer }) {
  const [device, forSlot] = record.keys.slice(2)
  const swapped = [
    { ...device, sealed: forSlot.sealed },
    { ...forSlot, sealed: device.sealed },
  ]
  const own = both(bytesFor('a key of the server', 32))
  const [m0] = record.manifests
  const asleep = joinedBySlot(first, slot)
  const other = signed(after(first, { ...content(0), counter: 1 }), signer)
  const short = { manifests: [m0] }
  const cases = [
    ['an account key of its own', { keys: own }, 'OPEN'],
    ['sealed keys swapped', { keys: swapped }, 'OPEN'],
    ['sealed keys of the generation before', { keys: record.keys.slice(0, 2) }, 'OPEN'],
    ['no sealed keys', { keys: [] }, 'OPEN'],
    ['no wrapped predecessor', { wraps: [] }, 'OPEN'],
    [
      'another wrapped predecessor',
      { wraps: [{ generation: 0, wrapped: base64(wrapPredecessor(0).wrapped) }] },
      'OPEN',
    ],
    ['another first manifest', { manifests: record.manifests.slice(1) }, 'MANIFEST'],
  ].flatMap(([name, changed, code]) =>
    ['device', 'slot'].map((by) => ({
      name: `${name}, to the ${by}`,
      by,
      pin: 1,
      change: changed,
      code,
    })),
  )
  return [
    ...cases,
    { name: 'the old manifest', by: 'device', pin: 1, change: short, code: 'ROLLBACK' },
    {
      name: 'another manifest in the place of the one that was seen',
      ...{ by: 'device', pin: 1, code: 'FORK' },
      change: { manifests: [m0, base64(other.stored)] },
    },
    { name: 'as a stranger', by: 'stranger', pin: 1, change: {}, code: 'NOT_RECIPIENT' },
    { name: 'by a wrong secret', by: 'wrong secret', pin: 1, change: {}, code: 'OPEN' },
    { name: 'by a passphrase', by: 'passphrase', pin: 1, change: {}, code: 'NOT_RECIPIENT' },
    {
      name: 'no slot',
      by: 'slot',
      pin: 1,
      change: { slots: [] },
      code: 'NOT_RECIPIENT',
    },
    {
      name: 'as a device that is unconfirmed since another joined',
      ...{ by: 'device', pin: 0, code: 'NOT_RECIPIENT' },
      change: { manifests: [m0, base64(asleep.stored)] },
    },
  ]
}

/** Bob joins by the slot: the first device is unconfirmed. */
function joinedBySlot(first, slot) {
  const bob = SUITES.x25519.person('bob')
  const party = { id: uuid('joined device'), name: 'bob', suite: 'x25519', ...keysOf(bob) }
  const by = { ...slot, name: undefined, keys: slot.keys, sign: (it) => signBySlot(slot, it) }
  return signed(joined(first, by, party), by)
}
