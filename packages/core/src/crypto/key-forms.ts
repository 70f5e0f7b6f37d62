import { type Bytes, concatBytes, toHex } from '../bytes'

/** A DER key of one length, whose bytes before the key's own never change. */
export interface KeyForm {
  /** Hex. */
  readonly prefix: string
  readonly keyBytes: number
}

/** RFC 8410 §4 and §7 (version 1), RFC 9881 and RFC 9935 (private keys as seeds alone). */
export const KEY_FORMS = {
  x25519Public: { prefix: '302a300506032b656e032100', keyBytes: 32 },
  x25519Private: { prefix: '302e020100300506032b656e04220420', keyBytes: 32 },
  ed25519Public: { prefix: '302a300506032b6570032100', keyBytes: 32 },
  ed25519Private: { prefix: '302e020100300506032b657004220420', keyBytes: 32 },
  mlKem768Public: { prefix: '308204b2300b0609608648016503040402038204a100', keyBytes: 1184 },
  mlKem768Private: { prefix: '3054020100300b060960864801650304040204428040', keyBytes: 64 },
  mlDsa65Public: { prefix: '308207b2300b0609608648016503040312038207a100', keyBytes: 1952 },
  mlDsa65Private: { prefix: '3034020100300b060960864801650304031204228020', keyBytes: 32 },
} as const satisfies Record<string, KeyForm>

/** How long such a DER is. */
export function derBytes({ prefix, keyBytes }: KeyForm): number {
  return prefix.length / 2 + keyBytes
}

/** The DER of a key. */
export function wrapKeyBytes({ prefix }: KeyForm, key: Bytes): Bytes {
  const bytes = prefix.match(/../g) ?? []
  return concatBytes(
    Uint8Array.from(bytes, (hex) => Number.parseInt(hex, 16)),
    key,
  )
}

/** The key in a DER; undefined where that is not exactly of this form. */
export function unwrapKeyBytes({ prefix, keyBytes }: KeyForm, der: Bytes): Bytes | undefined {
  const start = der.length - keyBytes
  return toHex(der.subarray(0, start)) === prefix ? der.slice(start) : undefined
}
