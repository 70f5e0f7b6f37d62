import type { Identity } from '@zkeb/core'
import { describe, expect, test } from 'vitest'
import { misuseOf, outcomeOf } from '../../../test/support/outcome'
import { createSlot, inspectSlot, openSlot } from '../src/account/slot'
import type { SlotSecret, UnlockSecret } from '../src/account/slot-kek'
import { pae, readPae } from '../src/encoding/pae'
import type { SeedSuite } from '../src/keys/seeds'

/** The weakest that is accepted: tests need no strong one. */
const kdf = { id: 'argon2id', m: 8_192, t: 4, p: 1 } as const
const place = {
  accountId: new Uint8Array(32).fill(1),
  counter: 5,
  digest: new Uint8Array(32).fill(2),
}
/** A passkey whose output depends on what it is asked. */
const passkey = async (input: Uint8Array) => input.slice(-32)
const recovery = new Uint8Array(32).fill(3)
const setId = new Uint8Array(16).fill(4)

const SECRETS: Record<string, { secret: SlotSecret; wrong: UnlockSecret }> = {
  passphrase: {
    secret: { passphrase: 'correct horse', kdf },
    wrong: { passphrase: 'correct horsf' },
  },
  passkey: {
    secret: { passkey, parameters: Uint8Array.of(1, 2) },
    wrong: { passkey: async (input) => passkey(input).then((it) => it.reverse()) },
  },
  recovery: { secret: { recovery, setId }, wrong: { recovery: recovery.slice().fill(9) } },
}
const kinds = Object.keys(SECRETS)
const pieces = (stored: Uint8Array) => readPae(stored, 'x', { min: 6, max: 6 })
const replace = (stored: Uint8Array, at: number, piece: Uint8Array | string) =>
  pae(pieces(stored).map((it, i) => (i === at ? piece : it)))

async function make(kind: string, suite: SeedSuite = 'x25519') {
  const { secret, wrong } = SECRETS[kind] as (typeof SECRETS)[string]
  const slot = await createSlot(secret, suite)
  return { slot, stored: await slot.seal(place), secret, wrong }
}

describe.each(kinds)('a slot of kind %s', (kind) => {
  test.each(['x25519', 'pq'] as const)('of suite %s opens to the same identity', async (suite) => {
    const { slot, stored, secret } = await make(kind, suite)
    const opened = await openSlot(stored, secret)
    expect(opened.identity.public.fingerprint).toEqual(slot.identity.public.fingerprint)
    expect(opened).toMatchObject({ id: slot.id, kind, suite, place })
    await expectToWork(opened.identity, slot.identity)
    const { parameters } = slot
    expect(inspectSlot(stored)).toEqual({ id: slot.id, kind, parameters, suite })
  })

  test('is OPEN with another secret, and one of another kind', async () => {
    const { stored, wrong } = await make(kind)
    expect(await outcomeOf(() => openSlot(stored, wrong))).toBe('OPEN')
    for (const it of kinds.filter((it) => it !== kind)) {
      const { secret } = SECRETS[it] as (typeof SECRETS)[string]
      expect(await outcomeOf(() => openSlot(stored, secret))).toBe('OPEN')
    }
  })

  test('is refused after any change', async () => {
    const { stored, secret } = await make(kind)
    const [, id, , parameters, , sealed] = pieces(stored)
    const changed = (bytes = new Uint8Array(1)) => bytes.map((byte, i) => (i ? byte : byte ^ 1))
    const outcomes = [
      replace(stored, 1, changed(id)),
      replace(stored, 4, 'pq'),
      replace(stored, 5, changed(sealed)),
      ...(kind === 'passphrase' ? [] : [replace(stored, 3, changed(parameters))]),
    ].map((it) => outcomeOf(() => openSlot(it, secret)))
    expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['OPEN']))
  })
})

/** Both halves, with the public halves of the other. */
async function expectToWork(opened: Identity, made: Identity) {
  const cek = new Uint8Array(32).fill(5)
  const context = { info: 'x', aad: new Uint8Array(1) }
  const wrapped = await made.public.encryption.wrap(cek, context)
  expect(await opened.decrypter.unwrap(wrapped, context)).toEqual(cek)
  const signature = await opened.signer.sign(cek)
  expect(await made.public.signing.verify(cek, signature)).toBe(true)
  expect(opened.keyPairs.encryption.privateKey.extractable).toBe(false)
  expect(opened.keyPairs.signing.privateKey.extractable).toBe(false)
}

test('two slots of one secret have nothing in common', async () => {
  const [a, b] = await Promise.all([make('recovery'), make('recovery')])
  expect(a.slot.id).not.toBe(b.slot.id)
  expect(a.slot.identity.public.fingerprint).not.toEqual(b.slot.identity.public.fingerprint)
})

test('what is no stored slot is FORMAT, one of another version VERSION', async () => {
  const { stored } = await make('recovery')
  const inspect = (changed: Uint8Array) => outcomeOf(() => inspectSlot(changed))
  expect(await inspect(replace(stored, 0, 'zkeb/slot/v2'))).toBe('VERSION')
  const others = [
    new Uint8Array(0),
    stored.subarray(1),
    new Uint8Array(4096),
    pae(pieces(stored).slice(1)),
    pae([...pieces(stored), '']),
    replace(stored, 0, 'zkeb/manifest/v1'),
    replace(stored, 1, new Uint8Array(15)),
    replace(stored, 2, 'password'),
    replace(stored, 3, new Uint8Array(1025)),
    replace(stored, 4, 'rsa'),
    replace(stored, 5, new Uint8Array(215)),
  ]
  for (const changed of others) expect(await inspect(changed)).toBe('FORMAT')
})

describe('the function of a passphrase', () => {
  const relabel = async (label: string) => {
    const { stored, secret } = await make('passphrase')
    return outcomeOf(() => openSlot(replace(stored, 3, label), secret))
  }
  const salt = 'AAAAAAAAAAAAAAAAAAAAAA'

  test.each([
    [`$argon2id$v=19$m=8192,t=3,p=1$${salt}`, 'LIMIT'],
    [`$argon2id$v=19$m=1048576,t=2,p=1$${salt}`, 'LIMIT'],
    [`$argon2id$v=19$m=65536,t=0,p=1$${salt}`, 'LIMIT'],
    [`$argon2id$v=16$m=65536,t=3,p=1$${salt}`, 'FORMAT'],
    [`$scrypt$ln=15,r=8,p=1$${salt}`, 'FORMAT'],
    ['', 'FORMAT'],
    ['\ufffd', 'FORMAT'],
    [`$argon2id$v=19$m=8192,t=4,p=1$${salt}`, 'OPEN'],
  ])('%s is %s', async (label, code) => {
    expect(await relabel(label)).toBe(code)
  })

  test('by default Argon2id with 64 MiB and 3 passes', async () => {
    const { parameters } = await createSlot({ passphrase: 'x' }, 'x25519')
    expect(new TextDecoder().decode(parameters)).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/)
  })

  test('the passphrase counts in NFKC', async () => {
    const slot = await createSlot({ passphrase: '\ufb01', kdf }, 'x25519')
    expect(
      await outcomeOf(async () => openSlot(await slot.seal(place), { passphrase: 'fi' })),
    ).toBe('none')
  })
})

describe('a passkey', () => {
  test('is asked twice, with an input of its own for each slot, and its parameters', async () => {
    const asked: string[] = []
    const parameters = Uint8Array.of(9)
    const prf = async (input: Uint8Array, given: Uint8Array) => {
      expect(given).toEqual(parameters)
      asked.push(String(input))
      return passkey(input)
    }
    const { id } = await createSlot({ passkey: prf, parameters }, 'x25519')
    const uuid = Uint8Array.from(Buffer.from(id.replaceAll('-', ''), 'hex'))
    expect(asked).toEqual(Array(2).fill(String(pae(['zkeb/slot/prf-input/v1', uuid]))))
  })

  test('whose answers differ is KEY', async () => {
    let n = 0
    const unstable = async () => new Uint8Array(32).fill(n++)
    expect(await outcomeOf(() => createSlot({ passkey: unstable }, 'x25519'))).toBe('KEY')
  })
})

test.each([
  [{}, /^secret:/],
  [{ passphrase: 'x', recovery, setId }, /^secret:/],
  [{ passphrase: '' }, /^passphrase:/],
  [{ passphrase: 'x', kdf: { id: 'scrypt', ln: 15, p: 1 } }, /^kdf:/],
  [{ passphrase: 'x', kdf: { id: 'argon2id', m: 8192, t: 1, p: 1 } }, /^kdf:/],
  [{ passkey: 'x' }, /^passkey:/],
  [{ passkey: async () => new Uint8Array(31) }, /^passkey:/],
  [{ passkey, parameters: new Uint8Array(1025) }, /^parameters:/],
  [{ recovery: new Uint8Array(31), setId }, /^recovery:/],
  [{ recovery, setId: new Uint8Array(15) }, /^setId:/],
])('misuse %# is named', async (secret, message) => {
  expect(await misuseOf(() => createSlot(secret as unknown as SlotSecret, 'x25519'))).toMatch(
    message,
  )
})
