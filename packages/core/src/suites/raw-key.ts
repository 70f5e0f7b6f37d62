import { type Bytes, isBytes } from '../bytes'
import type { RawKey } from '../crypto/platform'
import { refused } from './refused'
import type { KeyHandle } from './suite'

/** A key of plain bytes, which are copied. */
export function rawKey(
  name: string,
  bytes: Bytes,
  use: Pick<RawKey, 'type' | 'extractable'>,
): RawKey {
  return { ...use, algorithm: { name }, bytes: new Uint8Array(bytes) }
}

/** The same for one that was stored. Throws `KEY` where it is not of this kind, type and length. */
export function readRawKey(
  name: string,
  key: KeyHandle | undefined,
  expected: { readonly type: RawKey['type']; readonly length: number },
): RawKey {
  const { type, length } = expected
  const { bytes, extractable, ...rest } = (key ?? {}) as Partial<RawKey>
  const isKind = rest.algorithm?.name === name && rest.type === type
  if (!isKind || !isBytes(bytes) || bytes.length !== length) {
    throw refused(name, `not a ${type} key of ${length} bytes`)
  }
  return rawKey(name, bytes, { type, extractable: extractable === true })
}
