/**
 * Random and mutated input into what reads accounts, enrolments and compactions. Out comes what was there, or a ZkebError; never a TypeError, a
 * RangeError, or another account.
 */

import {
  answerEnrolment,
  inspectSlot,
  openAccount,
  requestEnrolment,
  unlockAccount,
  verifyChain,
} from '@zkeb/core/account'
import { decodeVersion, encodeVersion, openCompactions, signCompaction } from '@zkeb/core/sync'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { readManifest } from '../../packages/core/src/account/manifest'
import { amend, enrol, found, newDevice, recovery } from '../support/accounts'
import { mutatedBytes } from '../support/fuzz'
import { hunt, outcome } from '../support/hunt'
import { personOf } from '../support/identities'

const device = await personOf('x25519', 'alice')
const { account: first, server } = await found([recovery(1), recovery(2)], { device })
const { account: second } = await enrol(server, first, await newDevice())
const account = await amend(server, second, { rotate: true, addSlots: [recovery(3)] })
const { record } = server
const { accountId, pin } = account
const [one, two] = record.manifests as [Uint8Array, Uint8Array]
const last = record.manifests.at(-1) as Uint8Array
const random = fc.uint8Array({ maxLength: 600 })
/** Lengths, which are eight bytes each, are what mutations of single bytes seldom reach. */
const withLengths = (bytes: Uint8Array) =>
  fc.tuple(fc.nat(bytes.length - 8), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })).map(([at, n]) => {
    const out = Uint8Array.from(bytes)
    new DataView(out.buffer).setBigUint64(at, n, true)
    return out
  })
const anyOf = (bytes: Uint8Array, other: Uint8Array) =>
  fc.oneof(mutatedBytes(bytes, other), withLengths(bytes), random)
const equal = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(b)

describe('a chain', () => {
  hunt('whose head is anything', anyOf(last, two), async (stored) => {
    const read = await outcome(async () => {
      expect(equal((await readManifest(stored)).stored, stored)).toBe(true)
    })
    const manifests = [...record.manifests.slice(0, -1), stored]
    const opened = await outcome(() =>
      openAccount({ ...record, manifests }, { device, accountId, pin }),
    )
    if (read !== 'none') expect(opened).toBe(read)
    // The same body, signed in another way, is the same manifest; a good signature nobody else makes.
    if (opened === 'none') expect(equal(stored, last)).toBe(true)
  })

  hunt('whose first manifest is anything', anyOf(one, two), async (stored) => {
    const manifests = [stored, ...record.manifests.slice(1)]
    const opened = await outcome(() => verifyChain(manifests, { accountId, pin }))
    if (opened === 'none') expect(equal(stored, one)).toBe(true)
  })
})

describe('what is sealed', () => {
  const [slot, other] = record.slots as [Uint8Array, Uint8Array]
  hunt('a slot', anyOf(slot, other), async (stored) => {
    const read = await outcome(() => inspectSlot(stored))
    const slots = [stored]
    const opened = await outcome(() => unlockAccount({ ...record, slots }, recovery(1)))
    if (read !== 'none') expect(opened).toBe(read)
    if (opened === 'none') expect(equal(stored, slot)).toBe(true)
  })

  hunt(
    'a sealed key',
    anyOf(record.keys[0]?.sealed as Uint8Array, new Uint8Array(80)),
    async (sealed) => {
      const keys = [{ generation: 1, holderId: account.deviceId, sealed }]
      expect(await outcome(() => account.refresh({ ...record, keys }))).toBe('OPEN')
    },
  )

  const wrapped = record.wraps[0]?.wrapped as Uint8Array
  hunt('a wrapped key', anyOf(wrapped, new Uint8Array(104)), async (bytes) => {
    const wraps = [{ generation: 0, wrapped: bytes }]
    const code = await outcome(() => account.refresh({ ...record, wraps }))
    expect(code).toBe(equal(bytes, wrapped) ? 'none' : 'OPEN')
  })
})

describe('an enrolment', async () => {
  const asking = await requestEnrolment((await personOf('pq', 'bob')).public)
  const { answer } = await answerEnrolment(asking.request, account)
  hunt('a request', anyOf(asking.request, answer), async (message) => {
    await outcome(() => answerEnrolment(message, account))
  })
  hunt('an answer', anyOf(answer, asking.request), async (message) => {
    const anew = await requestEnrolment(device.public)
    await outcome(async () => {
      const { pin: seen } = await anew.accept(message)
      expect(seen.counter).toBeLessThan(2 ** 32)
    })
  })
})

describe('sync', async () => {
  const hex = (n: number) => n.toString(16).padStart(64, '0')
  const scope = { accountId, scopeHash: new Uint8Array(32), manifestDigest: pin.digest }
  const clock = { [hex(1)]: 3, [hex(2)]: 1 }
  const made = await signCompaction({ ...scope, clock, retired: [hex(1)], as: device })
  const next = await signCompaction({
    ...{ ...scope, clock, retired: [hex(2)], as: device },
    predecessor: made,
  })
  const from = () => device.public.signing
  hunt('a compaction', anyOf(next.record, made.record), async (record) => {
    const code = await outcome(() => openCompactions([made.record, record], { ...scope, from }))
    if (code === 'none') expect(equal(record, next.record)).toBe(true)
  })
  const version = { clock, lamport: 9, device: hex(2), contentDigest: new Uint8Array(32) }
  const encoded = encodeVersion(version, [made])
  hunt('a version', anyOf(encoded, next.record), async (bytes) => {
    await outcome(() => {
      const decoded = decodeVersion(bytes, [made])
      const again = [encodeVersion(decoded, [made]), encodeVersion(decoded)]
      expect(again.some((it) => equal(it, bytes))).toBe(true)
    })
  })
})
