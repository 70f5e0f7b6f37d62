import { type Bytes, concatBytes, hexToBytes, toHex } from '../bytes'

/** A DER key of one length, whose bytes before the key's own never change. */
export interface KeyForm {
  /** Hex. */
  readonly prefix: string
  readonly keyBytes: number
}

/** RFC 8410 §4 and §7 (version 1), RFC 9935 and RFC 9881 (private keys as seeds alone). */
export const KEY_FORMS = {
  X25519: {
    public: { prefix: '302a300506032b656e032100', keyBytes: 32 },
    private: { prefix: '302e020100300506032b656e04220420', keyBytes: 32 },
  },
  Ed25519: {
    public: { prefix: '302a300506032b6570032100', keyBytes: 32 },
    private: { prefix: '302e020100300506032b657004220420', keyBytes: 32 },
  },
  'ML-KEM-768': {
    public: { prefix: '308204b2300b0609608648016503040402038204a100', keyBytes: 1184 },
    private: { prefix: '3054020100300b060960864801650304040204428040', keyBytes: 64 },
  },
  'ML-DSA-65': {
    public: { prefix: '308207b2300b0609608648016503040312038207a100', keyBytes: 1952 },
    private: { prefix: '3034020100300b060960864801650304031204228020', keyBytes: 32 },
  },
} as const satisfies Record<string, { readonly public: KeyForm; readonly private: KeyForm }>

/** How long such a DER is. */
export function derBytes({ prefix, keyBytes }: KeyForm): number {
  return prefix.length / 2 + keyBytes
}

/** The DER of a key. */
export function wrapKeyBytes({ prefix }: KeyForm, key: Bytes): Bytes {
  return concatBytes(hexToBytes(prefix), key)
}

/** The key in a DER; undefined where that is not exactly of this form. */
export function unwrapKeyBytes(form: KeyForm, der: Bytes): Bytes | undefined {
  if (der.length !== derBytes(form)) return undefined
  const { prefix, keyBytes } = form
  const start = der.length - keyBytes
  return toHex(der.subarray(0, start)) === prefix ? der.slice(start) : undefined
}
