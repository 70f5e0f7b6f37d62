/**
 * Key files of other programs: X.509 certificates, encrypted PKCS#8 and PKCS#1, in and out of the forms that
 * `importIdentity` and `importPublicIdentity` of `@zkeb/core` take. Keys of any kind. The forms are spec/keys.md.
 * Errors are recognised by `isZkebError`, not by `instanceof`: the class here is another copy.
 *
 * @packageDocumentation
 */
export { type Certificate, importCertificate } from './certificate'
export {
  decryptPrivateKey,
  type EncryptPrivateKeyOptions,
  encryptPrivateKey,
} from './encrypted'
export { fromPkcs1 } from './pkcs1'
