// Argon2id (RFC 9106) and scrypt (RFC 7914) in JavaScript, without blocking other work for long: loaded when a passphrase is used.
export { argon2idAsync } from '@noble/hashes/argon2.js'
export { scryptAsync } from '@noble/hashes/scrypt.js'
