/** No number of an RSA key of 8192 bits is longer: 1024 bytes as Base64url. */
const MAX_NUMBER_CHARACTERS = 1366
/** How much shorter one prime may be than the other: node-forge counts up from one to the other. */
const MAX_PRIME_DIFFERENCE_BITS = 8

type Numbers = [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]

/** Whether a member of a JWK is a Base64urlUInt (RFC 7518 §2) that may be a number of an RSA key. */
export function isRsaNumber(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_NUMBER_CHARACTERS && /^[\w-]+$/.test(text)
}

/** Of a text that {@link isRsaNumber} accepted. */
export function rsaNumberToHex(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Array.from(binary, (c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

/**
 * RFC 8017 §3.2: whether the numbers of a private JWK are those of one key. Platforms do not look, and where the primes fail them
 * some work with d alone: such a key is none elsewhere, and long numbers keep a thread busy for hours. That p and q are
 * primes is for their owner to know. BigInt does not take constant time: these are the importer's own keys, once, at import.
 */
export function isOneRsaKey(jwk: JsonWebKey): boolean {
  const texts = [jwk.n, jwk.e, jwk.d, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi]
  if (!texts.every(isRsaNumber)) return false
  const [n, e, d, p, q, dp, dq, qi] = texts.map(toBigInt) as Numbers
  const [p1, q1] = [p - 1n, q - 1n]
  return (
    p1 > 0n &&
    q1 > 0n &&
    Math.abs(bitLength(p) - bitLength(q)) <= MAX_PRIME_DIFFERENCE_BITS &&
    p * q === n &&
    d < n &&
    dp === d % p1 &&
    dq === d % q1 &&
    (e * d) % p1 === 1n &&
    (e * d) % q1 === 1n &&
    qi < p &&
    (q * qi) % p === 1n
  )
}

function toBigInt(text: string): bigint {
  return BigInt(`0x${rsaNumberToHex(text)}`)
}

function bitLength(number: bigint): number {
  return number.toString(2).length
}
