// Loaded when it is needed, and imports nothing at run time: sealing and opening carry no code for it.
import type { PublicIdentity } from '../keys/identity'
import type { SuiteName } from '../suites/registry'
import type { Sender } from './arguments'

const NOTHING = new Uint8Array(0)

/**
 * Stands for the sender that an unsigned envelope does not have (spec/envelope.md §5.1): no fingerprint, and no signature but the
 * empty one is good.
 */
export function nobody(suite: SuiteName): PublicIdentity {
  const none = { type: 'none', encoded: NOTHING, fingerprint: NOTHING }
  return {
    suite,
    fingerprint: NOTHING,
    encryption: { ...none, wrap: async () => NOTHING },
    signing: { ...none, verify: async (_message, signature) => signature.length === 0 },
  }
}

/** Throws a TypeError for suite rsa, where nothing but the signature binds a wrapped key to its place. */
export function nobodyWhoSeals(suite: SuiteName): Sender {
  if (suite === 'rsa') throw new TypeError('from: envelopes of suite rsa are always signed')
  return { public: nobody(suite), signer: { sign: async () => NOTHING } }
}
