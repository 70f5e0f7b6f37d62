/** What Node seals (node:crypto) opens in the page (WebCrypto), and the other way round. */
import {
  encode,
  exportPublicIdentity,
  fingerprintToHex,
  generateIdentity,
  type Identity,
  importPublicIdentity,
  inspect,
  open,
  type PublicIdentity,
  seal,
} from '@zkeb/browser'
import { beforeAll, describe, expect, test } from 'vitest'
import { commands } from 'vitest/browser'
import type { NodeIdentity, WireShape } from '../support/browser-commands'

const SHAPES: readonly WireShape[] = ['json', 'binary']
const SIZES = [0, 1, 16_383, 16_384, 100_000]
const HOUR_MS = 3_600_000

const metadata = {
  kind: 'note',
  tags: ['ü', '🔑', ''],
  nested: { count: -7, none: null, yes: true },
}
/** The same JSON value with its keys in two orders. */
const associatedData = {
  here: { tenant: 't-1', path: ['a', { b: 1, c: 2 }] },
  there: { path: ['a', { c: 2, b: 1 }], tenant: 't-1' },
}

/** Generated in the page: its private keys cannot leave it. */
let page: Identity
let pageLine: string
/** Another one in the page, as a second recipient. */
let otherPage: Identity
/** Generated in Node, and what the page knows of it. */
let node: NodeIdentity
let nodePublic: PublicIdentity

beforeAll(async () => {
  const make = () => generateIdentity({ modulusLength: 2048 })
  ;[page, otherPage, node] = await Promise.all([make(), make(), commands.identityOfNode(2048)])
  pageLine = await exportPublicIdentity(page.public)
  nodePublic = await importPublicIdentity(node.public)
})

test('a one-line public identity means the same key on both sides', async () => {
  const pagePrint = fingerprintToHex(page.public.fingerprint)
  expect(await commands.fingerprintInNode(pageLine)).toBe(pagePrint)
  expect(await commands.fingerprintInNode(node.public)).toBe(
    fingerprintToHex(nodePublic.fingerprint),
  )
  expect(await exportPublicIdentity(nodePublic)).toBe(node.public)
})

for (const shape of SHAPES) {
  describe(`sealed in Node, opened in the page, as ${shape}`, () => {
    for (const size of SIZES) {
      test(`${size} bytes`, async () => {
        const data = randomBase64(size)
        const sealed = await commands.sealInNode({ data, shape, from: node.secret, to: [pageLine] })
        const opened = await open(fromWire(sealed, shape), { as: page, from: nodePublic })
        expect(toBase64(opened.bytes) === data).toBe(true)
      })
    }

    test('with metadata, associated data, expiry, key ids and several recipients', async () => {
      const expiresAt = Date.now() + HOUR_MS
      const sealed = await commands.sealInNode({
        data: toBase64(new TextEncoder().encode('for three')),
        shape,
        from: node.secret,
        to: [pageLine, node.public, await exportPublicIdentity(otherPage.public)],
        keyIds: { signing: 'node-signing-1' },
        metadata,
        associatedData: associatedData.there,
        expiresAt,
      })
      const envelope = fromWire(sealed, shape)
      expect(inspect(envelope).recipients).toHaveLength(3)
      expect(inspect(envelope).senderPrivateKeyId).toBe('node-signing-1')
      const options = { from: nodePublic, associatedData: associatedData.here }
      for (const as of [page, otherPage]) {
        const opened = await open(envelope, { ...options, as })
        expect(opened.text()).toBe('for three')
        expect(opened.metadata).toEqual(metadata)
        expect(opened.expiresAt?.getTime()).toBe(expiresAt)
        expect(opened.sender).toBe(nodePublic)
      }
      const request = { envelope: sealed, shape, as: node.secret, from: node.public }
      const inNode = await commands.openInNode({ ...request, associatedData: associatedData.here })
      expect(inNode).toMatchObject({ id: inspect(envelope).id, metadata, expiresAt })

      const wrong = open(envelope, { ...options, as: page, associatedData: { tenant: 't-2' } })
      await expect(wrong).rejects.toMatchObject({ code: 'SIGNATURE' })
      const imposter = open(envelope, { ...options, as: page, from: otherPage.public })
      await expect(imposter).rejects.toMatchObject({ code: 'SIGNATURE' })
      const late = open(envelope, { ...options, as: page, now: expiresAt })
      await expect(late).rejects.toMatchObject({ code: 'EXPIRED' })
    })
  })

  describe(`sealed in the page, opened in Node, as ${shape}`, () => {
    for (const size of SIZES) {
      test(`${size} bytes`, async () => {
        const data = randomBase64(size)
        const envelope = await seal(fromBase64(data), { to: nodePublic, from: page })
        const sealed = toWire(envelope, shape)
        const request = { envelope: sealed, shape, as: node.secret, from: pageLine }
        const opened = await commands.openInNode(request)
        expect(opened.code).toBeUndefined()
        expect('data' in opened && opened.data === data).toBe(true)
      })
    }

    test('with metadata, associated data, expiry and several recipients', async () => {
      const expiresAt = new Date(Date.now() + HOUR_MS)
      const envelope = await seal('for two', {
        to: [otherPage.public, nodePublic],
        from: page,
        metadata,
        associatedData: associatedData.here,
        expiresAt,
      })
      const sealed = toWire(envelope, shape)
      const request = {
        envelope: sealed,
        shape,
        as: node.secret,
        from: pageLine,
        associatedData: associatedData.there,
      }
      expect(await commands.openInNode(request)).toEqual({
        data: btoa('for two'),
        id: envelope.id,
        createdAt: envelope.createdAt,
        expiresAt: expiresAt.getTime(),
        metadata,
        sender: fingerprintToHex(page.public.fingerprint),
      })
      const opened = await open(envelope, {
        as: otherPage,
        from: page.public,
        associatedData: associatedData.there,
      })
      expect(opened.text()).toBe('for two')

      const { associatedData: _, ...without } = request
      expect(await commands.openInNode(without)).toEqual({ code: 'SIGNATURE' })
      const imposter = { ...request, from: node.public }
      expect(await commands.openInNode(imposter)).toEqual({ code: 'SIGNATURE' })
      const late = { ...request, now: expiresAt.getTime() }
      expect(await commands.openInNode(late)).toEqual({ code: 'EXPIRED' })
      const stranger = await commands.identityOfNode(2048)
      const foreign = { ...request, as: stranger.secret }
      expect(await commands.openInNode(foreign)).toEqual({ code: 'NOT_RECIPIENT' })
    })
  })
}

test('RSA-4096 in Node and RSA-2048 in the page write to each other', async () => {
  const large = await commands.identityOfNode(4096)
  const largePublic = await importPublicIdentity(large.public)
  expect(largePublic.encryption.type).toBe('RSA-4096')

  const toLarge = await seal('up', { to: [largePublic, nodePublic], from: page })
  const request = { envelope: JSON.stringify(toLarge), shape: 'json', from: pageLine } as const
  for (const as of [large.secret, node.secret]) {
    expect(await commands.openInNode({ ...request, as })).toMatchObject({ data: btoa('up') })
  }
  const sealed = await commands.sealInNode({
    data: btoa('down'),
    shape: 'binary',
    from: large.secret,
    to: [pageLine, large.public],
  })
  const opened = await open(fromBase64(sealed), { as: page, from: largePublic })
  expect(opened.text()).toBe('down')
})

test('text and JSON stay what they were', async () => {
  const value = { text: 'Grüße 👋', list: [1, 2.5, null, false], empty: {} }
  const envelope = await seal(value, { to: nodePublic, from: page })
  const request = { as: node.secret, from: pageLine, shape: 'json' } as const
  const inNode = await commands.openInNode({ ...request, envelope: JSON.stringify(envelope) })
  if (!('data' in inNode)) throw new Error(inNode.code)
  const back = await commands.sealInNode({
    data: inNode.data,
    shape: 'json',
    from: node.secret,
    to: [pageLine],
  })
  expect((await open(back, { as: page, from: nodePublic })).json()).toEqual(value)
})

function toWire(envelope: Awaited<ReturnType<typeof seal>>, shape: WireShape): string {
  return shape === 'json' ? JSON.stringify(envelope) : toBase64(encode(envelope))
}

function fromWire(sealed: string, shape: WireShape): string | Uint8Array {
  return shape === 'json' ? sealed : fromBase64(sealed)
}

function randomBase64(length: number): string {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i += 65_536) crypto.getRandomValues(bytes.subarray(i, i + 65_536))
  return toBase64(bytes)
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}
