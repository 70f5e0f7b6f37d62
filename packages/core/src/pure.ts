/**
 * All of `@zkeb/core` for runtimes without WebCrypto: the same functions and the same bytes, in JavaScript alone
 * (`@noble/*`, node-forge). The runtime must offer `crypto.getRandomValues`, else there is `RUNTIME` with a hint.
 *
 * **Use it only where `@zkeb/core` cannot run.** RSA is 40 to 90 times slower here: 0.2 s for a private-key operation of
 * 4096 bits, and a minute or more to make such a key (prefer `suite: 'x25519'`). No operation with a private key runs in constant time, so somebody
 * who can time many of them may learn the key. Keys are plain objects that anybody in the process can read: `extractable` binds
 * exportIdentity() alone. RSA keys are read in DER as OpenSSL writes it and in no other encoding.
 *
 * Keys and errors do not depend on where they come from: what is exported here is imported by `@zkeb/core`, and
 * `isZkebError` of either knows the errors of both. Identities and envelopes stay with the copy that made them.
 *
 * @packageDocumentation
 */
export * from './index'
