/** Chains of manifests as spec/account.md §4, §5 say, with node:crypto alone. bad-manifests.mjs has those that must be refused. */
import { opt, pae, rawId, sha256, u64 } from './by-hand.mjs'
import { base64, hex, SUITES, uuid } from './features.mjs'

const DEVICES = ['alice', 'bob', 'carol', 'mallory']
const SLOTS = ['passphrase', 'recovery', 'passkey', 'spare']
export const digestOf = (label) => sha256(Buffer.from(`manifest vectors: ${label}`))
export const idOf = (name) => uuid(`manifest ${name}`)

/** Devices of the suite; slots are of a suite that slots can have. Their keys are no slot's of §3: a chain does not see what they follow from. */
export function partiesOf(suite) {
  const make = (name, of) => {
    const keys = SUITES[of].person(name)
    const encoded = ({ encoded, spki }) => encoded ?? spki
    return {
      ...{ name, suite: of, id: idOf(name), keys, line: keys.line },
      ...{ encryption: encoded(keys.encryption), signing: encoded(keys.signing) },
      sign: (message) => SUITES[of].signMessage(message, keys.signing),
    }
  }
  const all = [...DEVICES.map((it) => make(it, suite)), ...SLOTS.map((it) => make(it, 'x25519'))]
  return Object.fromEntries(all.map((it) => [it.name, it]))
}

const entryOf = ({ name, id, suite, encryption, signing }) => ({
  ...{ name, id, suite, encryption, signing },
  sealed: digestOf(`sealed to ${name}`),
})
export const device = (party, state = 'active') => ({
  ...{ ...entryOf(party), state },
  ...(state !== 'active' && { sealed: undefined }),
})
export const slot = (party, handlers, kind = party.name) => ({
  ...{ ...entryOf(party), kind, parameters: Buffer.from(`parameters of ${kind}`) },
  handlers: handlers.map(idOf),
})

/** §4. `change` makes encodings that are none. */
function encode(content, { change = (pieces) => pieces, sort = true, label } = {}) {
  const list = (entries, piecesOf) => {
    const encoded = entries.map((entry) => pae(piecesOf(entry)))
    return pae(sort ? encoded.sort(Buffer.compare) : encoded)
  }
  const pieces = [
    label ?? 'zkeb/manifest/v1',
    content.accountId,
    opt(content.nonce),
    u64(content.counter),
    opt(content.predecessor),
    u64(content.generation),
    content.commitment,
    list(content.slots, (it) => [
      ...[rawId(it.id), it.kind, it.parameters, it.suite, it.encryption, it.signing],
      ...[opt(it.sealed), Buffer.concat([...it.handlers].sort().map(rawId))],
    ]),
    list(content.devices, (it) => [
      ...[rawId(it.id), it.suite, it.encryption, it.signing, it.state, opt(it.sealed)],
    ]),
    list(content.revocations, (it) => [rawId(it.id), it.list]),
  ]
  return pae(change(pieces))
}

export function signed(content, signer, options) {
  const body = encode(content, options)
  const digest = sha256(body)
  const message = pae(['zkeb/manifest/v1/signature', digest])
  const signature = signer.sign(message)
  const stored = pae([body, signer.keys.signing.fingerprint, signature])
  return { content, signer, body, digest, message, signature, stored }
}

export const after = ({ content, digest }, changes = {}) => ({
  ...{ ...content, nonce: undefined, counter: content.counter + 1, predecessor: digest },
  ...changes,
})
export function rotated(content) {
  const generation = content.generation + 1
  const reseal = (it) => ({
    ...it,
    ...(it.sealed && { sealed: digestOf(`generation ${generation} sealed to ${it.name}`) }),
  })
  const commitment = digestOf(`commitment ${generation}`)
  const slots = content.slots.map(reseal)
  return { ...content, generation, commitment, slots, devices: content.devices.map(reseal) }
}
export const edit = (entries, name, changes) =>
  entries.map((it) => (it.name === name ? { ...it, ...changes } : it))
export const without = (entries, name) => entries.filter((it) => it.name !== name)
export const revocation = ({ name, id }) => ({ id, list: digestOf(`backups of ${name}`) })
export const REVOKED = { state: 'revoked', sealed: undefined }
export const ASLEEP = { state: 'unconfirmed', sealed: undefined }

function founding({ alice, passphrase }) {
  const nonce = digestOf('nonce')
  const accountId = sha256(pae(['zkeb/account/v1', nonce, alice.keys.fingerprint]))
  return {
    ...{ accountId, nonce, counter: 0, generation: 0, commitment: digestOf('commitment 0') },
    ...{ slots: [slot(passphrase, ['alice'])], devices: [device(alice)], revocations: [] },
  }
}

/** §5, rule 9. */
export function joined(before, by, party) {
  const { slots, devices } = before.content
  const next = after(before, {
    slots: slots.map((it) =>
      it.name === by.name
        ? { ...it, handlers: [...it.handlers, party.id] }
        : { ...it, sealed: undefined },
    ),
    devices: [
      ...devices.map((it) => (it.state === 'active' ? { ...it, ...ASLEEP } : it)),
      device(party),
    ],
  })
  return rotated(next)
}

/** Founded; Bob is added; he adds two slots; rotation; Alice is revoked; Carol joins by a slot; she confirms Bob and wakes a slot. */
export function story(parties) {
  const { alice, bob, carol, recovery, passkey } = parties
  const chain = [signed(founding(parties), alice)]
  const add = (signer, make) => chain.push(signed(make(chain.at(-1)), signer))
  add(alice, (it) => after(it, { devices: [...it.content.devices, device(bob)] }))
  add(bob, (it) =>
    after(it, { slots: [...it.content.slots, slot(recovery, ['bob']), slot(passkey, ['bob'])] }),
  )
  add(alice, (it) => rotated(after(it)))
  add(bob, (it) =>
    rotated(
      after(it, {
        devices: edit(it.content.devices, 'alice', REVOKED),
        slots: without(it.content.slots, 'passphrase'),
        revocations: [revocation(alice)],
      }),
    ),
  )
  add(recovery, (it) => joined(it, recovery, carol))
  add(carol, (it) => {
    const awake = { sealed: digestOf('sealed again') }
    return after(it, {
      devices: edit(it.content.devices, 'bob', { state: 'active', ...awake }),
      slots: edit(it.content.slots, 'passkey', awake),
    })
  })
  return chain
}

const written = (name, chain) => ({
  name,
  accountId: hex(chain[0].content.accountId),
  manifests: chain.map(({ signer, body, digest, message, signature, stored }) => ({
    signer: signer.name,
    suite: signer.suite,
    body: hex(body),
    digest: hex(digest),
    signedMessage: hex(message),
    signature: hex(signature),
    stored: base64(stored),
  })),
})

/** Devices of all suites in one account. */
function mixed(rsa) {
  const x25519 = partiesOf('x25519')
  const { bob } = partiesOf('pq')
  const { carol } = rsa
  const first = signed(founding(x25519), x25519.alice)
  const devices = [...first.content.devices, device(bob), device(carol)]
  const second = signed(after(first, { devices }), x25519.alice)
  return [first, second, signed(rotated(after(second)), bob)]
}

/** Chains that are good. Of suite rsa signatures are randomized: these are made anew only when asked for. */
export function positives(makesRsa, kept) {
  const x25519 = partiesOf('x25519')
  const { slots: _, ...bare } = founding(x25519)
  const rsa = makesRsa && written('rsa', story(partiesOf('rsa')).slice(0, 3))
  return [
    written('x25519', story(x25519)),
    written('x25519: no slot', [signed({ ...bare, slots: [] }, x25519.alice)]),
    written('pq', story(partiesOf('pq')).slice(0, 3)),
    written('devices of all suites', mixed(partiesOf('rsa'))),
    rsa || kept('rsa'),
  ]
}

/** Who signs in the chains of suite x25519, so that they can be signed again. */
export const lines = () =>
  Object.fromEntries(Object.values(partiesOf('x25519')).map(({ name, line }) => [name, line]))
