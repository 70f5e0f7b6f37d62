/** Bytes that WebCrypto takes: never over shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** What kind of object it is, of whatever realm. */
export function isKind(value: unknown, kind: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${kind}]`
}

/** True for a Uint8Array of any realm, and so for a Node Buffer. */
export function isBytes(value: unknown): value is Uint8Array {
  return isKind(value, 'Uint8Array')
}

/**
 * The same bytes, copied only where they lie in shared memory, which another thread could change under us. Never a Buffer, whose
 * slice() is no copy.
 */
export function unshare(bytes: Uint8Array): Bytes {
  const { buffer, byteOffset, byteLength } = bytes
  return isKind(buffer, 'ArrayBuffer')
    ? new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
    : new Uint8Array(bytes)
}

export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** Compares in time that depends on the lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

/** Lexicographic order of public bytes (fingerprints); not for secrets. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Overwrites secrets we allocated. Best effort: engines may have made copies. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0)
}

export function utf8(text: string): Bytes {
  return encoder.encode(text)
}

/** Decodes UTF-8, a leading byte-order mark kept. Throws TypeError for bytes that are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

export function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0')
  return hex
}

/** Of an even number of hex digits, which the caller has checked. */
export function hexToBytes(hex: string): Bytes {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value)
}

/** The 16 raw bytes of a lower-case UUID that {@link isUuid} accepted. */
export function uuidToBytes(uuid: string): Bytes {
  return hexToBytes(uuid.replaceAll('-', ''))
}

export function bytesToUuid(bytes: Uint8Array): string {
  return toHex(bytes).replace(/^.{8}|.{4}(?=.{12})/g, '$&-')
}

/** An unsigned integer up to 2^53-1 as eight bytes, big-endian unless asked otherwise. */
export function u64(value: number, littleEndian = false): Bytes {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, BigInt(value), littleEndian)
  return out
}
