/** What a one-line identity holds: private keys (and so the public ones), or public keys alone. */
export type LineKind = 'secret' | 'public'

/** §9: `<prefix>:<suite>:<encryption key>:<signing key>`, keys as Base64url DER without padding. */
export const LINE_PREFIX: Record<LineKind, string> = {
  secret: 'zkeb-secret-v1',
  public: 'zkeb-public-v1',
}
