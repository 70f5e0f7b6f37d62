import { type Bytes, equalBytes, utf8, wipe } from '../bytes'
import { backend } from '../crypto/current'
import { hkdf } from '../crypto/hkdf'
import { CONFIRM_INFO, HASH_BYTES, LEAF_DOMAIN, SET_DOMAIN, SHARE_LABEL } from './constants'
import { climb, hash16, sidesOf } from './merkle'
import type { Share } from './share'

/** The leaf of a share in the tree of its set (spec/recovery.md §1): 16 bytes. */
export function leafOf({
  header,
  index,
  y,
}: Pick<Share, 'header' | 'index' | 'y'>): Promise<Bytes> {
  return hash16(LEAF_DOMAIN, utf8(SHARE_LABEL), header, Uint8Array.of(index), y)
}

/** The name of a set (spec/recovery.md §1): 16 bytes. */
export function setIdOf(
  { header, confirm }: Pick<Share, 'header' | 'confirm'>,
  root: Bytes,
): Promise<Bytes> {
  return hash16(SET_DOMAIN, header, confirm, root)
}

/** What tells that a secret is the one of the set (spec/recovery.md §1): 16 bytes. */
export async function confirmOf(secret: Bytes, header: Bytes): Promise<Bytes> {
  const key = await hkdf(secret, CONFIRM_INFO)
  const mac = await backend().hmacSha256(key, header)
  wipe(key)
  return mac.slice(0, HASH_BYTES)
}

/** What one share shows by itself (spec/recovery.md §3, steps 3 to 5); `pinned` is the setId it must have. */
export async function proveShare(
  share: Share,
  pinned: Bytes | undefined,
): Promise<'good' | 'altered' | 'foreign'> {
  const { total, index, path, setId } = share
  const root = await climb(await leafOf(share), path, sidesOf(total, index))
  const computed = await setIdOf(share, root)
  const named = pinned ?? setId
  const [says, is] = [equalBytes(setId, named), equalBytes(computed, named)]
  if (says && is) return 'good'
  return !says && !is && equalBytes(computed, setId) ? 'foreign' : 'altered'
}
