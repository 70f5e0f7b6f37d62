import { TAG } from './constants'
import { DerReader, notDer } from './der'

/** RFC 5958 §2: version 0, and 1 where the public key stands in it as well. */
const MAX_VERSION = 1

/**
 * Throws `KEY` for bytes that are not one PrivateKeyInfo. What key it holds, and whether that is any good, is for the
 * import to say. spec/keys.md §2.
 */
export function assertPkcs8(der: Uint8Array): void {
  const file = new DerReader(der)
  const info = file.sequence()
  file.end()
  if (info.smallInteger() > MAX_VERSION) throw notDer()
  info.sequence()
  info.take(TAG.OCTET_STRING)
  while (!info.atEnd) info.element() // attributes, public key
}
