/** Slots as spec/account.md §3 says, with node:crypto alone; what Argon2id gives is known. */
import { ACCOUNT_ID, kdf } from './account-keys.mjs'
import { pae, rawId, sealContent, sha256, u64 } from './by-hand.mjs'
import { base64, bytesFor, hex, text, uuid } from './features.mjs'
import { ARGON2ID } from './passphrases.mjs'
import { compositeOf, signComposite, xWing } from './pq-by-hand.mjs'
import { deriveKeyPair, keyPair, signEd25519 } from './x25519-by-hand.mjs'

const PLACE = { accountId: ACCOUNT_ID, counter: 7, digest: bytesFor('a manifest', 32) }

/** What each kind of secret makes of a slot's id: its key, and what the slot says of it. */
const KINDS = {
  passphrase: () => ({
    secret: { passphrase: ARGON2ID.passphrase },
    kek: ARGON2ID.seed,
    parameters: Buffer.from(ARGON2ID.label),
  }),
  passkey: (id, name) => {
    const output = bytesFor(`prf ${name}`, 32)
    const input = pae(['zkeb/slot/prf-input/v1', rawId(id)])
    return {
      secret: { passkey: hex(output), input: hex(input) },
      kek: kdf(output, pae(['zkeb/slot/prf/v1', rawId(id)])),
      parameters: Buffer.from('credential id'),
    }
  },
  recovery: (id, name) => {
    const secret = bytesFor(`recovery ${name}`, 32)
    return {
      secret: { recovery: hex(secret) },
      kek: kdf(secret, pae(['zkeb/slot/recovery/v1', rawId(id)])),
      parameters: bytesFor(`set ${name}`, 16),
    }
  },
}

/** The identity that a seed leads to. */
function slotKeys(seed, id, suite) {
  const derive = (use) => kdf(seed, pae([`zkeb/slot/${use}/v1`, rawId(id)]))
  const seeds = { hpke: derive('hpke'), ed25519: derive('ed25519'), mlDsa: derive('ml-dsa-65') }
  const encryption = suite === 'pq' ? xWing(seeds.hpke) : deriveKeyPair(seeds.hpke)
  const signing =
    suite === 'pq' ? compositeOf(seeds.ed25519, seeds.mlDsa) : keyPair('ed25519', seeds.ed25519)
  const prints = [encryption.fingerprint, signing.fingerprint]
  const fingerprint = sha256(pae(['zkeb/identity/v1', ...prints]))
  return { encryption, signing, fingerprint, seeds }
}

/** A stored slot. Any piece of it can be another, and its context stay: so it makes bad ones, too. */
export function makeSlot(name, { kind, suite, place = PLACE }) {
  const id = uuid(`slot ${name}`)
  const { secret, kek, parameters } = KINDS[kind](id, name)
  const seed = bytesFor(`seed ${name}`, 32)
  const { accountId, counter, digest } = place
  const pieces = ['zkeb/slot/v1', rawId(id), kind, parameters, suite]
  const plaintext = pae([seed, accountId, u64(counter), digest])
  const salt = bytesFor(`salt ${name}`, 24)
  const context = pae(pieces)
  const { message } = sealContent({ cek: kek, salt, h: context, plaintext })
  const keys = slotKeys(seed, id, suite)
  const stored = pae([...pieces, message])
  return {
    id,
    kind,
    suite,
    secret,
    kek,
    parameters,
    seed,
    context,
    pieces,
    message,
    stored,
    keys,
    place,
  }
}

/** As whoever signs a manifest by it. */
export const signBySlot = ({ suite, keys }, message) =>
  suite === 'pq' ? signComposite(message, keys.signing) : signEd25519(message, keys.signing)

export const encodedOf = ({ encoded, spki }) => encoded ?? spki

export function slotVectors() {
  const made = Object.keys(KINDS).flatMap((kind) =>
    ['x25519', 'pq'].map((suite) => [
      `${kind}, suite ${suite}`,
      makeSlot(`${kind} ${suite}`, { kind, suite }),
    ]),
  )
  const positive = made.map(([name, { id, kind, suite, secret, keys, place, ...it }]) => ({
    ...{ name, kind, suite, secret, id },
    counter: place.counter,
    ...text({ accountId: place.accountId, digest: place.digest }),
    steps: text({
      ...{ parameters: it.parameters, kek: it.kek, seed: it.seed, context: it.context },
      ...{ hpke: keys.seeds.hpke, ed25519: keys.seeds.ed25519 },
      ...(suite === 'pq' && { mlDsa: keys.seeds.mlDsa }),
      encryptionFingerprint: keys.encryption.fingerprint,
      signingFingerprint: keys.signing.fingerprint,
      fingerprint: keys.fingerprint,
    }),
    stored: base64(it.stored),
  }))
  return { positive, negative: negatives(Object.fromEntries(made)) }
}

function negatives(made) {
  const [passphrase, passkey, recovery] = ['passphrase', 'passkey', 'recovery'].map(
    (kind) => made[`${kind}, suite x25519`],
  )
  const change = ({ pieces, message }, at, piece) =>
    pae([...pieces, message].map((it, i) => (i === at ? piece : it)))
  const flip = (bytes) => Buffer.from(bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)))
  const salt = base64(bytesFor('salt', 16)).replaceAll('=', '')
  const label = (text) => change(passphrase, 3, text)
  const wrong = hex(bytesFor('a wrong secret', 32))
  return [
    ['another passphrase', passphrase.stored, 'OPEN', { passphrase: 'correct horsf' }],
    ['another output', passkey.stored, 'OPEN', { passkey: wrong }],
    ['another S', recovery.stored, 'OPEN', { recovery: wrong }],
    ['a secret of another kind', recovery.stored, 'OPEN', passphrase.secret],
    ['S as the output of a passkey', passkey.stored, 'OPEN', { recovery: passkey.secret.passkey }],
    ['another id', change(recovery, 1, flip(recovery.pieces[1])), 'OPEN', recovery.secret],
    ['another kind', change(passkey, 2, 'recovery'), 'OPEN', { recovery: passkey.secret.passkey }],
    ['other parameters', change(recovery, 3, bytesFor('x', 16)), 'OPEN', recovery.secret],
    ['another suite', change(recovery, 4, 'pq'), 'OPEN', recovery.secret],
    ['another salt', change(recovery, 5, flip(recovery.message)), 'OPEN', recovery.secret],
    ['a seed of another slot', change(recovery, 5, passkey.message), 'OPEN', recovery.secret],
    ['too little work', label(`$argon2id$v=19$m=8192,t=3,p=1$${salt}`), 'LIMIT'],
    ['too little memory', label(`$argon2id$v=19$m=4096,t=9,p=1$${salt}`), 'LIMIT'],
    ['too much work', label(`$argon2id$v=19$m=1048576,t=2,p=1$${salt}`), 'LIMIT'],
    ['17 lanes', label(`$argon2id$v=19$m=65536,t=3,p=17$${salt}`), 'LIMIT'],
    ['another version of Argon2', label(`$argon2id$v=16$m=65536,t=3,p=1$${salt}`), 'FORMAT'],
    ['scrypt', label(`$scrypt$ln=15,r=8,p=1$${salt}`), 'FORMAT'],
    ['no label', label(''), 'FORMAT'],
    ['a label that is no text', label(Buffer.of(0xff)), 'FORMAT'],
    ['another version', change(recovery, 0, 'zkeb/slot/v2'), 'VERSION', recovery.secret],
    ['another label', change(recovery, 0, 'zkeb/slat/v1'), 'FORMAT', recovery.secret],
    ['a short id', change(recovery, 1, bytesFor('x', 15)), 'FORMAT', recovery.secret],
    ['an unknown kind', change(recovery, 2, 'password'), 'FORMAT', recovery.secret],
    ['long parameters', change(recovery, 3, Buffer.alloc(1025)), 'FORMAT', recovery.secret],
    ['suite rsa', change(recovery, 4, 'rsa'), 'FORMAT', recovery.secret],
    ['a short seed', change(recovery, 5, recovery.message.subarray(1)), 'FORMAT', recovery.secret],
    ['a piece more', pae([...recovery.pieces, recovery.message, '']), 'FORMAT', recovery.secret],
    ['a piece less', pae(recovery.pieces), 'FORMAT', recovery.secret],
    ['a byte more', Buffer.concat([recovery.stored, Buffer.of(0)]), 'FORMAT', recovery.secret],
    ['nothing', Buffer.alloc(0), 'FORMAT', recovery.secret],
  ].map(([name, stored, code, secret = passphrase.secret]) => ({
    ...{ name, secret, stored: base64(stored), code },
  }))
}
