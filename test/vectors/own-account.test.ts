/** spec/vectors/account.json: made by hand from the specification, read by core on every platform. */
import { fingerprintToHex, type Identity, importIdentity } from '@zkeb/core'
import {
  type AccountRecord,
  answerEnrolment,
  type KeyLabel,
  openAccount,
  requestEnrolment,
  type UnlockSecret,
  unlockAccount,
} from '@zkeb/core/account'
import { afterEach, describe, expect, test } from 'vitest'
import { AccountKey } from '../../packages/core/src/account/account-key'
import type { OpenedAccount } from '../../packages/core/src/account/opened-account'
import { openSlot } from '../../packages/core/src/account/slot'
import { backend, useBackend } from '../../packages/core/src/crypto/current'
import vectors from '../../spec/vectors/account.json' with { type: 'json' }
import { base64ToBytes, bytesToBase64, bytesToHex, hexToBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'

interface Secret {
  readonly passphrase?: string
  readonly passkey?: string
  readonly input?: string
  readonly recovery?: string
}
type Change = Partial<typeof vectors.account.record>

const usual = backend()
afterEach(() => useBackend(usual))
/** All that is random, from now on and for this test. */
function draw(bytes: string) {
  useBackend({ ...usual, randomBytes: () => hexToBytes(bytes) })
}

const accountId = hexToBytes(vectors.accountId)
const named = <T extends { readonly name: string }>(cases: readonly T[]) =>
  cases.map((it) => [it.name, it] as const)
/** The account key of a generation, as given. */
function keyOf(generation: number): AccountKey {
  const found = vectors.keys.find((it) => it.generation === generation)
  return new AccountKey(hexToBytes(found?.key ?? ''), { accountId, generation })
}

describe('account keys', () => {
  test.each(vectors.keys)('of generation $generation', async ({ generation, ...expected }) => {
    const key = keyOf(generation)
    expect(bytesToHex(await key.commitment())).toBe(expected.commitment)
    for (const [label, derived] of Object.entries(expected.derived)) {
      expect(bytesToHex(await key.derive(label as KeyLabel))).toBe(derived)
    }
  })

  type Wrap = (typeof vectors.wraps.positive)[0]
  const unwrap = (it: Pick<Wrap, 'by' | 'wrapped' | 'commitment'>) =>
    keyOf(it.by).unwrapPredecessor(hexToBytes(it.wrapped), hexToBytes(it.commitment))

  test.each(named(vectors.wraps.positive))('wrapped: %s', async (_name, it) => {
    const opened = await unwrap(it)
    expect(opened.place.generation).toBe(it.generation)
    expect(await opened.derive('zkeb/ak-backup/v1')).toEqual(
      await keyOf(it.generation).derive('zkeb/ak-backup/v1'),
    )
  })

  test.each(named(vectors.wraps.negative))('wrapped, refused: %s', async (_name, it) => {
    expect(await outcomeOf(() => unwrap(it))).toBe(it.code)
  })

  type Sealed = (typeof vectors.sealed.positive)[0]
  const openSealed = async ({ generation, ...it }: Omit<Sealed, 'aad' | 'suite'>) =>
    AccountKey.open(hexToBytes(it.sealed), await importIdentity(it.holder), {
      ...{ accountId, generation },
      ...{ digest: hexToBytes(it.digest), commitment: hexToBytes(it.commitment) },
    })

  test.each(named(vectors.sealed.positive))('sealed: %s', async (_name, it) => {
    const opened = await openSealed(it)
    expect(await opened.derive('zkeb/ak-backup/v1')).toEqual(
      await keyOf(it.generation).derive('zkeb/ak-backup/v1'),
    )
  })

  test.each(named(vectors.sealed.negative))('sealed, refused: %s', async (_name, it) => {
    expect(await outcomeOf(() => openSealed(it))).toBe(it.code)
  })
})

describe('slots', () => {
  const secretOf = ({ passphrase, passkey, input, recovery }: Secret): UnlockSecret => {
    if (passphrase !== undefined) return { passphrase }
    if (recovery !== undefined) return { recovery: hexToBytes(recovery) }
    return {
      passkey: async (asked) => {
        if (input !== undefined) expect(bytesToHex(asked)).toBe(input)
        return hexToBytes(passkey ?? '')
      },
    }
  }

  test.each(named(vectors.slots.positive))('%s', async (_name, it) => {
    const slot = await openSlot(base64ToBytes(it.stored), secretOf(it.secret))
    const { id, kind, suite, counter, steps } = it
    expect(slot).toMatchObject({ id, kind, suite, parameters: hexToBytes(steps.parameters) })
    const { encryption, signing, fingerprint } = slot.identity.public
    expect({
      encryption: bytesToHex(encryption.fingerprint),
      signing: bytesToHex(signing.fingerprint),
      identity: bytesToHex(fingerprint),
    }).toEqual({
      encryption: steps.encryptionFingerprint,
      signing: steps.signingFingerprint,
      identity: steps.fingerprint,
    })
    expect(slot.place).toEqual({
      accountId: hexToBytes(it.accountId),
      counter,
      digest: hexToBytes(it.digest),
    })
  })

  test.each(named(vectors.slots.negative))('refused: %s', async (_name, it) => {
    const opening = () => openSlot(base64ToBytes(it.stored), secretOf(it.secret as Secret))
    expect(await outcomeOf(opening)).toBe(it.code)
  })
})

describe('enrolments', () => {
  test.each(named(vectors.enrolments.positive))('%s', async (_name, it) => {
    const [neu, active] = await Promise.all([
      importIdentity(it.newDevice),
      importIdentity(it.activeDevice),
    ])
    const pin = { counter: it.counter, digest: hexToBytes(it.digest) }
    const place = { accountId: hexToBytes(it.accountId), pin }
    draw(it.nonceN)
    const asking = await requestEnrolment(neu.public)
    expect(bytesToBase64(asking.request)).toBe(it.request)
    draw(it.nonceO)
    const answering = await answerEnrolment(asking.request, { ...place, device: active })
    expect(bytesToBase64(answering.answer)).toBe(it.answer)
    const answer = await asking.accept(answering.answer)
    expect(bytesToBase64(answer.reveal)).toBe(it.reveal)
    expect(answer).toMatchObject({ ...place, words: it.words })
    const reveal = await answering.accept(answer.reveal)
    expect(reveal.words).toBe(it.words)
    expect(reveal.device.fingerprint).toEqual(neu.public.fingerprint)
  })

  test.each(named(vectors.enrolments.negative))('refused: %s', async (_name, it) => {
    const [neu, device] = await Promise.all([
      importIdentity(it.newDevice),
      importIdentity(it.activeDevice),
    ])
    const account = { accountId, pin: { counter: 0, digest: accountId }, device }
    const receive: Record<string, (message: Uint8Array) => Promise<unknown>> = {
      request: async (message) => answerEnrolment(message, account),
      answer: async (message) => (await requestEnrolment(neu.public)).accept(message),
      reveal: async (message) =>
        (await answerEnrolment(base64ToBytes(it.request), account)).accept(message),
    }
    expect(await outcomeOf(() => receive[it.message]?.(base64ToBytes(it.bytes)))).toBe(it.code)
  })
})

describe('an account as a server keeps it', () => {
  const { account } = vectors
  const recordOf = (change: Change = {}): AccountRecord => {
    const { manifests, slots, keys, wraps } = { ...account.record, ...change }
    return {
      manifests: manifests.map(base64ToBytes),
      slots: slots.map(base64ToBytes),
      keys: keys.map((it) => ({ ...it, sealed: base64ToBytes(it.sealed) })),
      wraps: wraps.map((it) => ({ ...it, wrapped: base64ToBytes(it.wrapped) })),
      revocationLists: [],
    }
  }
  const asDevice = async (
    line: string,
    { pin: index, change }: { pin: number; change?: Change },
  ) => {
    const { counter = 0, digest = '' } = account.pins[index] ?? {}
    return openAccount(recordOf(change), {
      device: (await importIdentity(line)) as Identity,
      accountId: hexToBytes(account.accountId),
      pin: { counter, digest: hexToBytes(digest) },
    })
  }
  const recovery = (hex: string) => ({ recovery: hexToBytes(hex) })
  const open: Record<string, (it: { pin: number; change?: Change }) => Promise<OpenedAccount>> = {
    device: (it) => asDevice(account.device, it),
    stranger: (it) => asDevice(account.stranger, it),
    slot: ({ change }) => unlockAccount(recordOf(change), recovery(account.recovery)),
    'wrong secret': ({ change }) => unlockAccount(recordOf(change), recovery(account.accountId)),
    passphrase: ({ change }) => unlockAccount(recordOf(change), { passphrase: 'x' }),
  }

  test.each([
    ['device', 0],
    ['device', 1],
    ['slot', 0],
  ])('opened by %s, with pin %i', async (by, pin) => {
    const opened = (await open[by]?.({ pin })) as OpenedAccount
    expect(fingerprintToHex(opened.accountId)).toBe(account.accountId)
    expect(opened.generation).toBe(1)
    for (const [generation, derived] of account.derived.entries()) {
      for (const [label, expected] of Object.entries(derived)) {
        expect(bytesToHex(await opened.key(label as KeyLabel, generation))).toBe(expected)
      }
    }
  })

  test.each(named(account.negative))('refused: %s', async (_name, it) => {
    const change = it.change as Change
    expect(await outcomeOf(() => open[it.by]?.({ pin: it.pin, change }))).toBe(it.code)
  })
})
