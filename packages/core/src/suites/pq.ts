import { type Bytes, utf8 } from '../bytes'
import { hpkeOpen, hpkeSeal } from '../crypto/hpke'
import { xWing } from '../crypto/x-wing'
import { compositeKeys, signComposite, verifyComposite } from './composite'
import { refused } from './refused'
import type { KeyMaterial, SuiteKeys } from './suite'
import { fromSeed, X_WING, xWingKey, xWingKeys } from './x-wing-keys'

const KEYS = { encryption: xWingKeys, signing: compositeKeys } as const

/** HPKE over X-Wing, and Ed25519 with ML-DSA-65 (spec/envelope.md §2.3). */
export const pqKeys: SuiteKeys = {
  interchangeable: false,

  generate: (purpose, { extractable }) => KEYS[purpose].generate(extractable),
  fromSeed: (seed) => fromSeed(seed, false),
  importPublic: async (purpose, material) => KEYS[purpose].importPublic(bytesOf(material)),
  importPrivate: async (purpose, material, extractable) =>
    KEYS[purpose].importPrivate(bytesOf(material), extractable),
  adoptPair: (purpose, pair) => KEYS[purpose].adoptPair(pair),
  exportPrivate: (purpose, handle) => KEYS[purpose].exportPrivate(handle),
  exportJwk: async () => {
    throw noSuchForm()
  },

  async wrap({ encoded }, plaintext, { info, aad }) {
    const wrapped = await hpkeSeal(xWing, encoded, { info: utf8(info), aad, plaintext })
    if (wrapped) return wrapped
    throw refused(X_WING, 'nothing can be encrypted to it')
  },
  async unwrap({ handle }, sealed, { info, aad }) {
    return hpkeOpen(xWing, await xWingKey(handle), { info: utf8(info), aad, sealed })
  },
  sign: ({ handle }, message) => signComposite(handle, message),
  verify: ({ handle }, message, signature) => verifyComposite(handle, message, signature),
}

function bytesOf(material: KeyMaterial): Bytes {
  if (material.format === 'encoded') return material.bytes
  throw noSuchForm()
}

function noSuchForm() {
  return refused('pq', 'there is no such form of it', 'the keys of this suite travel as one line')
}
