import { METADATA_KEY } from '../account/constants'
import { type Bytes, concatBytes, isBytes, uuidToBytes, wipe } from '../bytes'
import { openContent, sealContent } from '../content/chunked'
import { ByteReader } from '../encoding/byte-reader'
import { ByteWriter } from '../encoding/byte-writer'
import { pae } from '../encoding/pae'
import { malformed, ZkebError } from '../errors'
import { assertAccount, assertUuid, type BackupReader, withKey } from './account'
import {
  DEVICE_NAME_LABEL,
  GENERATION_BYTES,
  MAX_DEVICE_NAME_BYTES,
  MIN_MESSAGE_BYTES,
} from './constants'
import { readName, toNameBytes } from './name'

/**
 * Encrypts the name of a device for column `encrypted_device_name`: 77 to 331 bytes (spec/backup.md §9). It is not
 * signed: a label, no proof of which device it is. Throws a TypeError or RangeError for what is not a UUID, or a
 * name of more than 255 bytes.
 */
export async function sealDeviceName(
  name: string,
  { as: account, deviceId }: { readonly as: BackupReader; readonly deviceId: string },
): Promise<Uint8Array> {
  assertAccount(account)
  assertUuid(deviceId, 'deviceId')
  const plaintext = toNameBytes(name, 'name', MAX_DEVICE_NAME_BYTES)
  const { generation } = account
  const context = contextOf(account, deviceId)
  const { message } = await withKey(account, { label: METADATA_KEY, generation }, (inputKey) =>
    sealContent({ inputKey, context }, plaintext),
  )
  return concatBytes(new ByteWriter().u32(generation).finish(), message)
}

/**
 * Opens it. Throws `FORMAT` for what is none, and `OPEN` for that of another account or device, or one that was
 * altered.
 */
export async function openDeviceName(
  sealed: Uint8Array,
  { as: account, deviceId }: { readonly as: BackupReader; readonly deviceId: string },
): Promise<string> {
  assertAccount(account)
  assertUuid(deviceId, 'deviceId')
  const shortest = GENERATION_BYTES + MIN_MESSAGE_BYTES
  const nameBytes = isBytes(sealed) ? sealed.length - shortest : 0
  if (nameBytes < 1 || nameBytes > MAX_DEVICE_NAME_BYTES) throw malformed('the name of a device')
  const bytes = new Uint8Array(sealed)
  const generation = new ByteReader(bytes).u32()
  if (generation > account.generation) {
    throw new ZkebError('OPEN', 'the name of a device cannot be opened')
  }
  const context = contextOf(account, deviceId)
  const plaintext = await withKey(account, { label: METADATA_KEY, generation }, (inputKey) =>
    openContent({ inputKey, context }, bytes.subarray(GENERATION_BYTES)),
  )
  try {
    return readName(plaintext, MAX_DEVICE_NAME_BYTES)
  } finally {
    wipe(plaintext)
  }
}

function contextOf({ accountId }: BackupReader, deviceId: string): Bytes {
  return pae([DEVICE_NAME_LABEL, accountId, uuidToBytes(deviceId)])
}
