// Loaded when it is needed, and imports nothing at run time: sealing and opening carry no code for it.
import type { Identity } from '../keys/identity'
import type { SuiteName } from '../suites/registry'

const NOTHING = new Uint8Array(0)

/**
 * Stands for the sender that an unsigned envelope does not have (spec/envelope.md §5.1): no fingerprint, and no signature but the
 * empty one is good. Of suite rsa, where nothing but the signature binds a wrapped key to its place, it seals nothing.
 */
export function nobody(suite: SuiteName): Pick<Identity, 'public' | 'signer'> {
  const none = { type: 'none', encoded: NOTHING, fingerprint: NOTHING }
  return {
    public: {
      suite,
      fingerprint: NOTHING,
      encryption: { ...none, wrap: async () => NOTHING },
      signing: { ...none, verify: async (_message, signature) => signature.length === 0 },
    },
    signer: {
      async sign() {
        if (suite === 'rsa') throw new TypeError('from: envelopes of suite rsa are always signed')
        return NOTHING
      },
    },
  }
}
