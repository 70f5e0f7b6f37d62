import type { PaeReader } from '../encoding/pae-reader'
import { tooLarge } from '../errors'
import { MAX_COUNTER } from './constants'

/** A counter or generation. Throws `FORMAT` where it is not eight bytes, `LIMIT` from 2^32 on. spec/account.md §4. */
export function readCounter(reader: PaeReader, what: string): number {
  const counter = reader.u64()
  if (counter > MAX_COUNTER) throw tooLarge(what)
  return Number(counter)
}
