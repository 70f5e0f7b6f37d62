import { type Bytes, equalBytes, utf8 } from '../bytes'
import { malformed, ZkebError } from '../errors'

/** That a structure begins with its own label, which ends in its version. Throws `VERSION` for another version of it, else `FORMAT`. */
export function assertLabel(piece: Bytes | undefined, label: string, what: string): void {
  const expected = utf8(label)
  if (piece && equalBytes(piece, expected)) return
  const name = expected.subarray(0, label.lastIndexOf('/') + 1)
  if (piece && equalBytes(piece.subarray(0, name.length), name)) {
    throw new ZkebError('VERSION', `${what} of another version`, { hint: 'update @zkeb/core' })
  }
  throw malformed(what)
}
