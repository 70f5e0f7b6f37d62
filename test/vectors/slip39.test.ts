/** SLIP-39: mnemonics are decoded here, interpolated by raw Shamir, proven by the digest share and decrypted here. */
import { hex, runVectors, type VectorCase } from '../support/public-vectors'
import { recoverMaster, Slip39Error } from '../support/slip39'

const PASSPHRASE = 'TREZOR'
/** What raw Shamir itself refuses. */
const TWICE = 'points: an x twice'

/** By the number that stands before a case's description: what stops it. The digest is of what raw Shamir interpolated. */
const REASONS: Record<number, string> = {
  3: 'padding',
  5: 'too few members',
  6: 'of several sets',
  7: 'of several sets',
  9: 'of several sets',
  11: TWICE,
  12: 'member thresholds',
  13: 'digest',
  15: 'too few groups',
  21: 'checksum',
  25: 'of several sets',
  27: 'of several sets',
  28: 'of several sets',
  29: 'group threshold',
  31: 'member thresholds',
  33: 'too few groups',
  34: 'too few groups',
  35: 'too few members',
  39: 'length',
  40: 'length',
}

runVectors('SLIP-39', {
  files: ['../slip39/vectors.json'],
  valid: 9,
  invalid: 20,
  backends: [['in JavaScript', undefined]],

  read: (json) =>
    (json as [string, string[], string][]).map(([comment, mnemonics, secret]) => ({
      tcId: Number.parseInt(comment, 10),
      comment,
      mnemonics,
      secret,
      result: secret === '' ? 'invalid' : 'valid',
    })),

  async check(_backend, it) {
    const refusal = refusalOf(it)
    if (refusal !== undefined) {
      if (refusal !== REASONS[it.tcId]) throw new Error(`refused for another reason: ${refusal}`)
      return false
    }
    return hex(recover(it)) === it['secret']
  },
})

function recover(it: VectorCase): Uint8Array {
  return recoverMaster(it['mnemonics'] as string[], PASSPHRASE)
}

function refusalOf(it: VectorCase): string | undefined {
  try {
    recover(it)
    return undefined
  } catch (error) {
    if (error instanceof Slip39Error || error instanceof RangeError) return error.message
    throw error
  }
}
