import type { Bytes } from '../bytes'
import { PAE_LENGTH_BYTES } from '../encoding/pae'
import { malformed, tooLarge } from '../errors'
import { MAX_COUNTER } from './constants'

/** A counter or generation. Throws `FORMAT` where it is not eight bytes, `LIMIT` from 2^32 on. spec/account.md §4. */
export function readCounter(piece: Bytes, what: string): number {
  if (piece.length !== PAE_LENGTH_BYTES) throw malformed(what)
  const counter = Number(new DataView(piece.buffer, piece.byteOffset).getBigUint64(0))
  if (counter > MAX_COUNTER) throw tooLarge(what)
  return counter
}
