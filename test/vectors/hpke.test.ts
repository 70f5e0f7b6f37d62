/** HPKE and its two KEMs against RFC 9180, Tink, the drafts of X-Wing, and another implementation. */
import { ml_kem768_x25519 as peerXWing } from '@noble/post-quantum/hybrid.js'
import * as peer from 'hpke'
import { describe, expect, test } from 'vitest'
import { noblePostQuantum } from '../../packages/core/src/crypto/noble-post-quantum'
import * as node from '../../packages/core/src/crypto/node'
import type { Platform } from '../../packages/core/src/crypto/platform'
import { field, hex, onPlatforms, runVectors, type VectorCase } from '../support/public-vectors'

type Bytes = Uint8Array<ArrayBuffer>

const DHKEM = 0x0020
const AES_256_GCM = 2

/** What a vector says was random, piece by piece. */
const random: Bytes[] = []
function takeRandom(length: number): Bytes {
  const next = random.shift()
  expect(next).toHaveLength(length)
  return next as Bytes
}

const load = async () => ({
  ...(await import('../../packages/core/src/crypto/current')),
  ...(await import('../../packages/core/src/crypto/hpke')),
  ...(await import('../../packages/core/src/crypto/dhkem')),
  ...(await import('../../packages/core/src/crypto/x-wing')),
  ...((await import('#backend')) as unknown as Platform),
})
const platforms = await onPlatforms(load)
type Loaded = (typeof platforms)[number][1]

async function withRandom<T>(core: Loaded, pieces: Bytes[], work: () => Promise<T>): Promise<T> {
  random.push(...pieces)
  core.useBackend({ ...core.defaultBackend, randomBytes: takeRandom })
  try {
    return await work()
  } finally {
    core.useBackend(core.defaultBackend)
    expect(random.splice(0)).toEqual([])
  }
}

async function dhKey({ curves }: Loaded, it: VectorCase) {
  const pair = await curves.importPrivate('X25519', field(it, 'skRm'), false)
  return { privateKey: pair.privateKey, publicKey: await curves.exportKey(pair.publicKey) }
}

const join = (...parts: Bytes[]) => Uint8Array.from(parts.flatMap((part) => [...part]))

interface Rfc9180 extends Record<string, unknown> {
  readonly encryptions: readonly Record<string, unknown>[]
}
runVectors('HPKE of RFC 9180', {
  files: ['../hpke/rfc9180_x25519_sha256_base_auth.json', '../hpke/rfc9180_x25519_sha256_psk.json'],
  read: (json) =>
    (json as Rfc9180[]).flatMap(({ encryptions, ...it }) =>
      encryptions.map((message, sequence) => ({
        ...it,
        ...message,
        sequence,
        tcId: Number(it['mode']) * 1000 + sequence,
        comment: `mode ${it['mode']}, message ${sequence}`,
      })),
    ),
  valid: 1,
  invalid: 0,
  backends: platforms,
  reasonToSkip(it) {
    if (it['mode'] !== 0) return 'a mode with a pre-shared or sender key: only base mode is used'
    return it['sequence'] === 0 ? undefined : 'a later message: contexts have one'
  },
  async check(core, it) {
    const { dhkem, deriveScalar, hpkeOpen, hpkeSeal } = core
    expect(hex(await deriveScalar(field(it, 'ikmR')))).toBe(it['skRm'])
    expect(hex(await deriveScalar(field(it, 'ikmE')))).toBe(it['skEm'])
    const key = await dhKey(core, it)
    expect(hex(key.publicKey)).toBe(it['pkRm'])
    const context = { info: field(it, 'info'), aad: field(it, 'aad') }
    const sealed = await withRandom(core, [field(it, 'skEm')], async () =>
      hpkeSeal(dhkem, key.publicKey, { ...context, plaintext: field(it, 'pt') }),
    )
    expect(hex(sealed ?? new Uint8Array(0))).toBe(`${it['enc']}${it['ct']}`)
    const opened = await hpkeOpen(dhkem, key, { ...context, sealed: sealed as Bytes })
    return opened !== undefined && hex(opened) === it['pt']
  },
})

runVectors('HPKE of Tink', {
  files: ['../hpke/tink_base_single_shot.json'],
  read: (json) => (json as { tests: Record<string, unknown>[] }).tests,
  valid: 2,
  invalid: 0,
  backends: platforms,
  reasonToSkip: (it) => (it['aead_id'] === AES_256_GCM ? undefined : 'not AES-256-GCM'),
  async check(core, it) {
    const { dhkem, expandXWing, hpkeOpen, xWing } = core
    const message = {
      info: field(it, 'info'),
      aad: field(it, 'aad'),
      sealed: join(field(it, 'enc'), field(it, 'ct')),
    }
    const opened =
      it['kem_id'] === DHKEM
        ? await hpkeOpen(dhkem, await dhKey(core, it), message)
        : await hpkeOpen(xWing, await expandXWing(field(it, 'skRm')), message)
    return opened !== undefined && hex(opened) === it['pt']
  },
})

/** Names of the same things in three files. */
const XWING_NAMES = [
  ['sk', 'skRm', 'seed'],
  ['eseed', 'ikmE', 'randomness'],
  ['pk', 'pkRm', 'encapsulation_key'],
  ['ct', 'enc', 'ciphertext'],
  ['ss', 'shared_secret'],
] as const
const XWING_FILES = [
  '../xwing/draft_connolly_xwing.json',
  '../xwing/mlkem768_x25519.json',
  '../hpke/xwing_chacha20poly1305.json',
]
function readXWing(json: unknown): Record<string, unknown>[] {
  const list = Array.isArray(json) ? json : (json as never)['mlkem768_x25519']
  return (list as Record<string, unknown>[]).map((it) =>
    Object.fromEntries(
      XWING_NAMES.map((names) => [names[0], it[names.find((name) => name in it) ?? '']]),
    ),
  )
}

runVectors('X-Wing', {
  files: XWING_FILES,
  read: readXWing,
  valid: 11,
  invalid: 0,
  backends: platforms,
  async check({ expandXWing, xWing }, it) {
    const key = await expandXWing(field(it, 'sk'))
    expect(hex(key.publicKey)).toBe(it['pk'])
    const secret = await xWing.decapsulate(key, field(it, 'ct'))
    return secret !== undefined && hex(secret) === it['ss']
  },
})

const postQuantum = async () => noblePostQuantum({ randomBytes: takeRandom })
runVectors('X-Wing encapsulation', {
  files: XWING_FILES,
  read: readXWing,
  valid: 11,
  invalid: 0,
  backends: await onPlatforms(load, [['without its own randomness', { ...node, postQuantum }]]),
  async check(core, it) {
    const [forKem, forCurve] = [field(it, 'eseed').slice(0, 32), field(it, 'eseed').slice(32)]
    const made = await withRandom(core, [forKem, forCurve], async () =>
      core.xWing.encapsulate(field(it, 'pk')),
    )
    expect(made && hex(made.encapsulation)).toBe(it['ct'])
    return made !== undefined && hex(made.secret) === it['ss']
  },
})

const PEER = new peer.CipherSuite(
  peer.KEM_DHKEM_X25519_HKDF_SHA256,
  peer.KDF_HKDF_SHA256,
  peer.AEAD_AES_256_GCM,
)
const info = Uint8Array.of(1, 2, 3)
const aad = Uint8Array.of(4)
const plaintext = crypto.getRandomValues(new Uint8Array(32))
const newSecret = () => crypto.getRandomValues(new Uint8Array(32))

describe.each(platforms)('on %s', (_name, core) => {
  const { curves, dhkem, expandXWing, hpkeOpen, hpkeSeal, xWing } = core

  async function newDhKey(secret = newSecret()) {
    const { privateKey, publicKey } = await curves.importPrivate('X25519', secret, false)
    return { privateKey, publicKey: await curves.exportKey(publicKey) }
  }

  test('HPKE of the npm package hpke opens here, and ours there', async () => {
    const secret = newSecret()
    const key = await newDhKey(secret)
    const to = await PEER.DeserializePublicKey(key.publicKey)
    const theirs = await PEER.Seal(to, plaintext, { info, aad })
    const sealed = join(theirs.encapsulatedSecret as Bytes, theirs.ciphertext as Bytes)
    expect(await hpkeOpen(dhkem, key, { info, aad, sealed })).toEqual(plaintext)

    const ours = (await hpkeSeal(dhkem, key.publicKey, { info, aad, plaintext })) as Bytes
    const privateKey = await PEER.DeserializePrivateKey(secret, true)
    const [encapsulated, ciphertext] = [ours.slice(0, 32), ours.slice(32)]
    expect(await PEER.Open(privateKey, encapsulated, ciphertext, { info, aad })).toEqual(plaintext)
  })

  test('X-Wing of noble is decapsulated here, and ours there', async () => {
    const seed = newSecret()
    const key = await expandXWing(seed)
    const theirs = peerXWing.encapsulate(key.publicKey)
    expect(await xWing.decapsulate(key, theirs.cipherText as Bytes)).toEqual(theirs.sharedSecret)

    const ours = await xWing.encapsulate(key.publicKey)
    expect(peerXWing.decapsulate(ours?.encapsulation ?? seed, seed)).toEqual(ours?.secret)
  })

  const KEMS = {
    DHKEM: async () => {
      const key = await newDhKey()
      return {
        seal: () => hpkeSeal(dhkem, key.publicKey, { info, aad, plaintext }),
        open: (sealed: Bytes) => hpkeOpen(dhkem, key, { info, aad, sealed }),
      }
    },
    'X-Wing': async () => {
      const key = await expandXWing(newSecret())
      return {
        seal: () => hpkeSeal(xWing, key.publicKey, { info, aad, plaintext }),
        open: (sealed: Bytes) => hpkeOpen(xWing, key, { info, aad, sealed }),
      }
    },
  }
  test.each(Object.entries(KEMS))('%s: nothing changed or cut opens', async (_kem, makeKey) => {
    const { seal, open } = await makeKey()
    const sealed = (await seal()) as Bytes
    expect(await open(sealed)).toEqual(plaintext)
    // The last byte of the point, too: RFC 7748 §5 masks its highest bit, but HPKE and X-Wing hash the encoding.
    for (const at of [0, 31, sealed.length - 49, sealed.length - 17, sealed.length - 1]) {
      const changed = sealed.slice()
      changed[at] = (changed[at] ?? 0) ^ 0x80
      expect(await open(changed)).toBeUndefined()
    }
    for (const length of [0, 31, sealed.length - 33, sealed.length - 1]) {
      expect(await open(sealed.slice(0, length))).toBeUndefined()
    }
    expect(await open(join(sealed, Uint8Array.of(0)))).toBeUndefined()
  })

  test('an all-zero X25519 secret is refused, also inside X-Wing', async () => {
    const zero = new Uint8Array(32)
    expect(await dhkem.encapsulate(zero)).toBeUndefined()
    expect(await dhkem.decapsulate(await newDhKey(), zero)).toBeUndefined()
    const key = await expandXWing(newSecret())
    expect(await xWing.encapsulate(key.publicKey.slice().fill(0, -32))).toBeUndefined()
    const made = await xWing.encapsulate(key.publicKey)
    const encapsulation = (made?.encapsulation ?? zero).slice().fill(0, -32)
    expect(await xWing.decapsulate(key, encapsulation)).toBeUndefined()
  })
})
