import { bytesToUuid } from '../bytes'
import { ID_BYTES } from '../constants'
import { backend } from '../crypto/current'

/** RFC 9562 §5.4: a random UUID, version 4. */
export function randomUuid(): string {
  const bytes = backend().randomBytes(ID_BYTES)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return bytesToUuid(bytes)
}
