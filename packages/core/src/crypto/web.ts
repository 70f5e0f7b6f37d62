import type { Backend } from './backend'

/** getRandomValues gives at most this many bytes a call. */
const MAX_RANDOM_BYTES = 65_536
/** String.fromCharCode takes its bytes as arguments: keep below every engine's limit. */
const BINARY_STRING_BYTES = 8_192

/** What every platform has that is not Node, with SubtleCrypto or without. */
export const web: Pick<Backend, 'randomBytes' | 'encodeBase64' | 'decodeBase64'> = {
  randomBytes(length) {
    const out = new Uint8Array(length)
    for (let i = 0; i < length; i += MAX_RANDOM_BYTES) {
      crypto.getRandomValues(out.subarray(i, i + MAX_RANDOM_BYTES))
    }
    return out
  },
  encodeBase64(bytes) {
    let binary = ''
    for (let i = 0; i < bytes.length; i += BINARY_STRING_BYTES) {
      binary += String.fromCharCode(...bytes.subarray(i, i + BINARY_STRING_BYTES))
    }
    return btoa(binary)
  },
  decodeBase64(text) {
    try {
      const binary = atob(text)
      const out = new Uint8Array(binary.length)
      for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i)
      return out
    } catch {
      return undefined
    }
  },
}
