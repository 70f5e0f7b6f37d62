/** spec/vectors/manifest.json: made by hand from the specification, read by core on every platform. */
import { importIdentity } from '@zkeb/core'
import { verifyChain } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import { manifestMessage, signManifest } from '../../packages/core/src/account/manifest'
import {
  readRevocationList,
  writeRevocationList,
} from '../../packages/core/src/account/revocation-list'
import vectors from '../../spec/vectors/manifest.json' with { type: 'json' }
import { base64ToBytes, bytesToBase64, bytesToHex, hexToBytes } from '../support/bytes'
import { outcomeOf } from '../support/outcome'

type Steps = Record<'body' | 'digest' | 'signedMessage' | 'signature' | 'stored', string>

interface Positive {
  readonly name: string
  readonly accountId: string
  readonly manifests: readonly (Steps & { readonly signer: string; readonly suite: string })[]
}
interface Negative {
  readonly name: string
  readonly code: string
  readonly keep: number
  readonly next: readonly string[]
  readonly pin: { readonly counter: number; readonly digest: string }
  readonly accountId?: string
}
interface List {
  readonly name: string
  readonly list: string
  readonly digest: string
}
interface GoodList extends List {
  readonly accepted: readonly { readonly id: string; readonly digest: string }[]
}

const named = <T extends { readonly name: string }>(cases: readonly T[]) =>
  cases.map((it) => [it.name, it] as const)
const positive: readonly Positive[] = vectors.positive
const negative: readonly Negative[] = vectors.negative
const goodLists: readonly GoodList[] = vectors.revocationLists.positive
const badLists: readonly List[] = vectors.revocationLists.negative
const pinOf = ({ counter, digest }: Negative['pin']) => ({ counter, digest: hexToBytes(digest) })

describe.each(named(positive))('%s', (_name, { accountId, manifests }) => {
  const stored = manifests.map((it) => base64ToBytes(it.stored))

  test.each(manifests.map((it, counter) => [counter, it] as const))(
    'is a chain, pinned at %d, with every step',
    async (counter, expected) => {
      const pin = pinOf({ counter, digest: expected.digest })
      const chain = await verifyChain(stored, { accountId: hexToBytes(accountId), pin })
      const manifest = chain.manifests[counter]
      if (!manifest) throw new Error('no manifest')
      const { body, digest, signature } = manifest
      const steps = { body, digest, signedMessage: manifestMessage(digest), signature }
      expect(
        Object.fromEntries(Object.entries(steps).map(([step, bytes]) => [step, bytesToHex(bytes)])),
      ).toEqual({
        body: expected.body,
        digest: expected.digest,
        signedMessage: expected.signedMessage,
        signature: expected.signature,
      })
    },
  )

  test('is signed the same, where signatures are not randomized', async () => {
    const lines: Record<string, string> = vectors.identities
    const { manifests: read } = await verifyChain(stored, {
      pin: pinOf({ counter: 0, digest: manifests[0]?.digest ?? '' }),
    })
    for (const [i, { signer, suite, ...expected }] of manifests.entries()) {
      const manifest = read[i]
      if (suite !== 'x25519' || !manifest) continue
      const again = await signManifest(manifest, await importIdentity(lines[signer] ?? ''))
      expect(bytesToBase64(again.stored)).toBe(expected.stored)
    }
  })
})

describe('is refused', () => {
  const story = positive[0]?.manifests ?? []

  test.each(named(negative))('%s', async (_name, { code, keep, next, pin, accountId }) => {
    const kept = story.slice(0, keep).map((it) => it.stored)
    const stored = [...kept, ...next].map(base64ToBytes)
    const known = { pin: pinOf(pin), ...(accountId && { accountId: hexToBytes(accountId) }) }
    expect(await outcomeOf(() => verifyChain(stored, known))).toBe(code)
  })
})

describe('revocation lists', () => {
  test.each(named(goodLists))('%s', async (_name, { accepted, list, digest }) => {
    const backups = accepted.map((it) => ({ id: it.id, digest: hexToBytes(it.digest) }))
    const written = await writeRevocationList([...backups].reverse())
    expect([bytesToHex(written.list), bytesToHex(written.digest)]).toEqual([list, digest])
    const read = await readRevocationList(written.list, written.digest)
    expect(read?.size).toBe(accepted.length)
    expect(backups.every((it) => read?.includes(it))).toBe(true)
  })

  test.each(named(badLists))('%s: none of it is accepted', async (_name, { list, digest }) => {
    expect(await readRevocationList(hexToBytes(list), hexToBytes(digest))).toBeUndefined()
  })
})
