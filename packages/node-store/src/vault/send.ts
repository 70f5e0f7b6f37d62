import { createHash, randomBytes, randomUUID } from 'node:crypto'
import {
  type JsonObject,
  type JsonValue,
  type Sealable,
  seal,
  toPlaintext,
  toRow,
} from '@zkeb/core'
import type { CallOptions } from '../db/call'
import { vaultAssociatedData, vaultMetadata } from './associated-data'
import { auditing } from './audit'
import type { VaultContext } from './context'
import { assertServiceName } from './key-source'
import { requireActiveKeys } from './keys'
import { assertOptions } from './options'
import { assertSearchable, sealPromptText } from './prompt-text'
import { SENDING, storeEnvelope } from './store-envelope'
import { signerOf } from './trusted-keys'

export interface SendOptions extends CallOptions {
  /** The service that may open it. */
  readonly to: string
  /** Seconds until it can no longer be opened; more than 0. Default: never expires. */
  readonly expiresInSeconds?: number
  /**
   * Whether `vault.open` opens it once. Signed; it protects against clients, not against the database's owner,
   * nor once `vault.deliver` handed it out: who opens it with core does not report that.
   */
  readonly singleUse?: boolean
  /** JSON that is authenticated but not stored: the opener gives the same again. At most 64 KiB. */
  readonly associatedData?: JsonValue
  /**
   * What the prompt can be found by. Only high entropy, such as a random token: its plain SHA-256 is stored,
   * from which a password or a name can be guessed. Default: 32 random bytes.
   */
  readonly secret?: string | Uint8Array
  /** Stores the text as PLAINTEXT, so that full-text search finds it. Text only. */
  readonly searchable?: boolean
  /** JSON object that is signed but readable by everyone who reads the row. At most 16 KiB. */
  readonly metadata?: JsonObject
}

/** What became of it. */
export interface Sent {
  /** The envelope's id: what `deliver` and `open` take. */
  readonly id: string
  readonly promptId: string
  /** Base64url of the 32 random bytes, when no `secret` was given. Not stored: this is the only copy. */
  readonly secret?: string
}

const OPTIONS = [
  'to',
  'expiresInSeconds',
  'singleUse',
  'associatedData',
  'secret',
  'searchable',
  'metadata',
  'signal',
] as const satisfies readonly (keyof SendOptions)[]
const SECRET_BYTES = 32
const MS_PER_SECOND = 1000

/**
 * Seals `data` for a service and stores prompt, envelope and audit row in one transaction. Text is sealed
 * as UTF-8, bytes as they are, anything else as JSON.
 *
 * @throws KEY when the receiver's or the sender's key is missing, not active, or not what was registered;
 *   PAYLOAD_TOO_LARGE when a searchable text is too long for the index; LIMIT beyond 64 MiB
 */
export async function sendEnvelope(
  context: VaultContext,
  data: Sealable,
  options: SendOptions,
): Promise<Sent> {
  assertOptions(options, OPTIONS)
  assertServiceName(options?.to, 'to')
  const { to, signal, searchable = false } = options
  if (searchable) assertSearchable(data)
  // Once: prompt and envelope hold the same bytes.
  const content = toPlaintext(data)
  const metadata = vaultMetadata(options.metadata, options.singleUse ?? false)
  const now = Date.now()
  const expiresAt = toExpiry(options.expiresInSeconds, now)
  const { secret, secretHash } = toSecret(options.secret)

  return auditing(context, SENDING, signal, async () => {
    const sender = await requireActiveKeys(context, context.service, signal)
    const receiver = await requireActiveKeys(context, to, signal)
    const signer = await signerOf(context, {
      service: context.service,
      keyId: sender.keyIds.signing,
    })
    const promptId = randomUUID()
    // All cryptography is done before the transaction: no lock is held while keys work.
    const envelope = await seal(content, {
      to: receiver.public,
      from: { public: sender.public, signer },
      associatedData: vaultAssociatedData(promptId, options.associatedData),
      now,
      ...(metadata !== undefined && { metadata }),
      ...(expiresAt !== undefined && { expiresAt }),
    })
    const promptText = searchable
      ? String(data)
      : await sealPromptText(context.storageKey, promptId, content)
    const rows = toRow(envelope)
    await storeEnvelope(
      context,
      { promptId, promptText, secretHash, rows, sender, receiver },
      signal,
    )
    return { id: envelope.id, promptId, ...(secret !== undefined && { secret }) }
  })
}

function toExpiry(seconds: number | undefined, now: number): number | undefined {
  if (seconds === undefined) return undefined
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) {
    throw new RangeError('expiresInSeconds must be more than 0')
  }
  return now + Math.ceil(seconds * MS_PER_SECOND)
}

function toSecret(given: string | Uint8Array | undefined) {
  const hash = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  if (given === undefined) {
    const bytes = randomBytes(SECRET_BYTES)
    return { secret: bytes.toString('base64url'), secretHash: hash(bytes) }
  }
  if ((typeof given !== 'string' && !(given instanceof Uint8Array)) || given.length === 0) {
    throw new TypeError('secret must be text or bytes, not empty')
  }
  return { secret: undefined, secretHash: hash(given) }
}
