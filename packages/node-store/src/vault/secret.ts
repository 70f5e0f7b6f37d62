import { createHash, randomBytes } from 'node:crypto'

const SECRET_BYTES = 32

/** What a prompt can be found by. */
export interface PromptSecret {
  /** Base64url of 32 random bytes, where none was given. */
  readonly secret?: string
  /** Lower-case hex SHA-256, for `prompts.secret_hash`. */
  readonly secretHash: string
}

/** The secret that was given, or a new one of 32 random bytes. Throws a TypeError for an empty one. */
export function toSecret(given: string | Uint8Array | undefined): PromptSecret {
  if (given !== undefined) return { secretHash: hashSecret(given) }
  const bytes = randomBytes(SECRET_BYTES)
  return { secret: bytes.toString('base64url'), secretHash: hashSecret(bytes) }
}

/**
 * SHA-256 of a secret: of its UTF-8, or of the bytes. Text that `send` made, Base64url of 32 bytes, is its
 * bytes again: see {@link secretHashes}.
 *
 * @throws TypeError when it is neither text nor bytes, or empty
 */
function hashSecret(secret: string | Uint8Array): string {
  if ((typeof secret !== 'string' && !(secret instanceof Uint8Array)) || secret.length === 0) {
    throw new TypeError('secret must be text or bytes, not empty')
  }
  return createHash('sha256').update(secret).digest('hex')
}

/**
 * The hashes a prompt of this secret may be stored under. The secret that `send` returned is the Base64url of
 * what was hashed, one that a caller gave is itself what was hashed; the text does not tell which it is.
 */
export function secretHashes(secret: string | Uint8Array): readonly string[] {
  const own = hashSecret(secret)
  if (typeof secret !== 'string') return [own]
  const bytes = Buffer.from(secret, 'base64url')
  const isMade = bytes.length === SECRET_BYTES && bytes.toString('base64url') === secret
  return isMade ? [own, hashSecret(bytes)] : [own]
}
