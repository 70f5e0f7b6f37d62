import { equalBytes, utf8 } from '../bytes'

/** BIP-39: 2048 words, so that each stands for 11 bits. */
const BITS_PER_WORD = 11

/**
 * The first `11 · count` bits of `bytes`, big-endian, as words of the English list of BIP-39, single spaces between them: for people
 * to compare. There is no check word, as in a BIP-39 mnemonic. Throws a RangeError for too few bytes, or a count that is no whole number from 1.
 */
export async function toWords(bytes: Uint8Array, count: number): Promise<string> {
  const indices = toIndices(bytes, count)
  const { wordlist } = await import('@scure/bip39/wordlists/english.js')
  return indices.map((index) => wordlist[index]).join(' ')
}

/** Words as people type them, in the one form that {@link toWords} writes: NFKC, lower case, single spaces. */
export function normalizeWords(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim().replaceAll(/\s+/g, ' ')
}

/** Whether two texts are the same words, however typed. Takes time that depends on their lengths alone once they are normal. */
export function sameWords(a: string, b: string): boolean {
  return equalBytes(utf8(normalizeWords(a)), utf8(normalizeWords(b)))
}

/** Done before anything is awaited, so that the bytes cannot change meanwhile. */
function toIndices(bytes: Uint8Array, count: number): number[] {
  if (!Number.isInteger(count) || count < 1) throw new RangeError('count: a whole number from 1')
  if (bytes.length * 8 < count * BITS_PER_WORD) throw new RangeError('bytes: too few')
  const bit = (i: number) => ((bytes[i >>> 3] as number) >>> (7 - (i & 7))) & 1
  return Array.from({ length: count }, (_, word) => {
    let index = 0
    for (let i = 0; i < BITS_PER_WORD; i++) index = 2 * index + bit(word * BITS_PER_WORD + i)
    return index
  })
}
