import { type Bytes, equalBytes, isBytes, u64 } from '../bytes'
import { backend } from '../crypto/current'
import { optional, pae } from '../encoding/pae'
import { PaeReader } from '../encoding/pae-reader'
import { malformed, tooLarge } from '../errors'
import type { KeyringIdentity } from '../keys/keyring'
import {
  ACCOUNT_LABEL,
  MANIFEST_LABEL,
  MANIFEST_SIGNATURE_LABEL,
  MAX_MANIFEST_BYTES,
} from './constants'
import { readCounter } from './counter'
import {
  type DeviceEntry,
  encodeDevices,
  encodeRevocations,
  encodeSlots,
  type RevocationEntry,
  readDevices,
  readRevocations,
  readSlots,
  type SlotEntry,
} from './entries'

const WHAT = 'a manifest'

/** What a manifest says: who holds the account key of a generation. spec/account.md §4. */
export interface ManifestBody {
  /** 32 bytes. */
  readonly accountId: Bytes
  /** 32 bytes, in the first manifest alone. */
  readonly nonce?: Bytes | undefined
  /** 0 for the first manifest, then one more each; below 2^32. */
  readonly counter: number
  /** Digest of the manifest before, 32 bytes; not in the first. */
  readonly predecessor?: Bytes | undefined
  /** Index of the account key; below 2^32. */
  readonly generation: number
  /** Public commitment to that key, 32 bytes. */
  readonly commitment: Bytes
  /** At most 32. */
  readonly slots: readonly SlotEntry[]
  /** At most 256, revoked ones counted. */
  readonly devices: readonly DeviceEntry[]
  /** One for each revoked device. */
  readonly revocations: readonly RevocationEntry[]
}

/** A manifest as it was read. Nothing of it is proven: only a chain of them is (verifyChain()). */
export interface Manifest extends ManifestBody {
  /** SHA-256 of `body`, 32 bytes: what pins and successors name it by. */
  readonly digest: Bytes
  readonly body: Bytes
  /** Fingerprint of the signer's signing key, 32 bytes. */
  readonly signer: Bytes
  readonly signature: Bytes
  /** All of it as it is stored, at most 2 MiB. */
  readonly stored: Bytes
}

/**
 * Reads a stored manifest, which is copied, and proves nothing. Throws `FORMAT`, `VERSION` or `LIMIT`, and a TypeError for what is
 * not a Uint8Array. spec/account.md §4.
 */
export async function readManifest(stored: Uint8Array): Promise<Manifest> {
  if (!isBytes(stored)) throw new TypeError('stored: a Uint8Array')
  const copy = new Uint8Array(stored.subarray(0, MAX_MANIFEST_BYTES + 1))
  if (copy.length > MAX_MANIFEST_BYTES) throw tooLarge(WHAT)
  const reader = new PaeReader(copy, { what: WHAT, pieces: 3 })
  const [body, signer, signature] = [reader.bytes(), reader.digest(), reader.bytes()]
  const content = readBody(body)
  return {
    ...content,
    digest: await backend().sha256(body),
    ...{ body, signer, signature, stored: copy },
  }
}

/**
 * Signs a manifest as the device or slot whose keys are given. Lists are sorted; nothing is checked but the limits: what a reader
 * thinks of it is for verifyChain() to tell. Throws `LIMIT`. spec/account.md §4.
 */
export async function signManifest(
  content: ManifestBody,
  { public: { signing }, signer }: Pick<KeyringIdentity, 'public' | 'signer'>,
): Promise<Manifest> {
  const body = encodeBody(content)
  const signature = await signer.sign(manifestMessage(await backend().sha256(body)))
  return readManifest(pae([body, signing.fingerprint, signature]))
}

/** What the signer of a manifest signs. */
export function manifestMessage(digest: Bytes): Bytes {
  return pae([MANIFEST_SIGNATURE_LABEL, digest])
}

/** The account that a first device founds: of a random nonce and the fingerprint of that device's identity. 32 bytes each. spec/account.md §1. */
export async function accountIdOf(nonce: Uint8Array, firstDevice: Uint8Array): Promise<Bytes> {
  return backend().sha256(pae([ACCOUNT_LABEL, nonce, firstDevice]))
}

function encodeBody(content: ManifestBody): Bytes {
  return pae([
    MANIFEST_LABEL,
    content.accountId,
    optional(content.nonce),
    u64(content.counter),
    optional(content.predecessor),
    u64(content.generation),
    content.commitment,
    encodeSlots(content.slots),
    encodeDevices(content.devices),
    encodeRevocations(content.revocations),
  ])
}

function readBody(body: Bytes): ManifestBody {
  const reader = new PaeReader(body, { what: WHAT, label: MANIFEST_LABEL, pieces: 9 })
  const content = {
    accountId: reader.digest(),
    nonce: reader.optionalDigest(),
    counter: readCounter(reader, WHAT),
    predecessor: reader.optionalDigest(),
    generation: readCounter(reader, WHAT),
    commitment: reader.digest(),
    slots: readSlots(reader.bytes()),
    devices: readDevices(reader.bytes()),
    revocations: readRevocations(reader.bytes()),
  }
  // Whatever is read: one encoding only, lists sorted.
  if (!equalBytes(encodeBody(content), body)) throw malformed(WHAT)
  return content
}
