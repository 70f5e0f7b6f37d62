/** Mutated key files: what comes out is a key file's content or KEY or OPEN, and soon. */
import { isZkebError } from '@zkeb/core'
import {
  decryptPrivateKey,
  encryptPrivateKey,
  fromPkcs1,
  importCertificate,
} from '@zkeb/core/formats'
import fc from 'fast-check'
import { test } from 'vitest'
import { mutatedBytes, mutatedText } from '../support/fuzz'
import { KEY_FILES, PASSWORD, pemToDer } from '../support/key-files'

const soak = Boolean(process.env['ZKEB_SOAK'])
const numRuns = 1_000 * (soak ? 20 : 1)
const seed = Number(process.env['ZKEB_SEED'] ?? Date.now() % 2 ** 31)
console.info(`key files: seed ${seed} (ZKEB_SEED repeats it), ${numRuns} cases a target`)

/** Few rounds, so that a case takes as little as the file lets it. */
const iterations = 100_000
const TARGETS = {
  decryptPrivateKey: {
    work: (key: string | Uint8Array) => decryptPrivateKey(key, PASSWORD),
    files: [KEY_FILES.ed25519Encrypted, KEY_FILES.encryptedScrypt],
  },
  encryptPrivateKey: {
    work: (key: string | Uint8Array) => encryptPrivateKey(key, PASSWORD, { iterations }),
    files: [KEY_FILES.rsaPrivate, KEY_FILES.ed25519Private],
  },
  fromPkcs1: {
    work: async (key: string | Uint8Array) => fromPkcs1(key),
    files: [KEY_FILES.pkcs1Private, KEY_FILES.pkcs1Public],
  },
  importCertificate: {
    work: async (key: string | Uint8Array) => importCertificate(key),
    files: [KEY_FILES.ed25519Certificate, KEY_FILES.x25519Certificate],
  },
} as const

test.each(Object.entries(TARGETS))(
  '%s',
  async (_name, { work, files: [first, second] }) => {
    const inputs = fc.oneof(
      mutatedBytes(pemToDer(first), pemToDer(second)),
      mutatedBytes(pemToDer(second), pemToDer(first)),
      mutatedText(first, second),
    )
    const check = async (input: string | Uint8Array) => {
      try {
        await work(input)
      } catch (error) {
        if (!isZkebError(error, 'KEY') && !isZkebError(error, 'OPEN')) throw error
      }
    }
    await fc.assert(fc.asyncProperty(inputs, check), { seed, numRuns })
  },
  120_000 * (soak ? 20 : 1),
)
