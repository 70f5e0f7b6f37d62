import { type Bytes, isBytes } from '../bytes'
import { ZkebError } from '../errors'
import { decodePem, type PemLabel } from '../keys/pem'
import { MAX_FILE_BYTES } from './constants'

/**
 * The DER of a key file, as bytes of our own that nobody changes meanwhile: PEM text (one block of that label) or DER
 * bytes. Throws `KEY`; a TypeError that names the argument where it is neither.
 */
export function toDer(input: string | Uint8Array, label: PemLabel, name: string): Bytes {
  if (typeof input === 'string') return decodePem(input, label)
  if (!isBytes(input)) throw new TypeError(`${name}: PEM text or DER bytes`)
  if (input.length > MAX_FILE_BYTES) throw tooLong()
  return new Uint8Array(input)
}

/** Longer than what would be read. */
export function tooLong(): ZkebError {
  return new ZkebError('KEY', 'longer than key files are', {
    hint: `at most ${MAX_FILE_BYTES} bytes of DER`,
  })
}
