/**
 * Key files as OpenSSL 3.0 writes them (`genpkey`, `pkcs8 -topk8`, `rsa -traditional`, `req -x509`), PEM. They were made
 * for these tests and protect nothing. Where they are encrypted, it is with {@link PASSWORD}.
 */
export { default as KEY_FILES } from './key-files.json' with { type: 'json' }

export const PASSWORD = 'pässword'

/** The bytes between the lines of a PEM block. */
export function pemToDer(pem: string): Uint8Array<ArrayBuffer> {
  const body = pem.replaceAll(/-----[A-Z0-9 ]+-----|\s/g, '')
  return Uint8Array.from(Buffer.from(body, 'base64'))
}
