import { randomUUID } from 'node:crypto'
import {
  type JsonObject,
  type JsonValue,
  type Sealable,
  type SealedEnvelope,
  seal,
  toPlaintext,
  toRow,
} from '@zkeb/core'
import { type CallOptions, inDatabase } from '../db/call'
import { storeError } from '../db/errors'
import { keyUse, requireActiveKeys } from './active-keys'
import { toExpiry } from './arguments'
import { vaultAssociatedData, vaultMetadata } from './associated-data'
import { auditing } from './audit'
import { toUuid, type VaultContext } from './context'
import type { KeyUse } from './key-lock'
import { assertServiceName } from './key-source'
import { assertOptions } from './options'
import { assertSearchable, sealPromptText } from './prompt-text'
import { openPrompt, readPrompt } from './prompts'
import { toSecret } from './secret'
import { SENDING, type SealedForPrompt, storeEnvelope } from './store-envelope'
import { keyError, signerOf } from './trusted-keys'

/** To whom, and how, a prompt is sealed. */
export interface SealPromptOptions extends CallOptions {
  /** The service that may open it; or several, at most 1024, of which each opens for itself. */
  readonly to: string | readonly string[]
  /** Seconds until it can no longer be opened; more than 0. Default: never expires. */
  readonly expiresInSeconds?: number
  /**
   * Whether `vault.open` opens it once, whoever of several receivers is first. Signed; it protects against clients, not
   * against the database's owner, nor once `vault.deliver` handed it out and nobody reports what was opened.
   */
  readonly singleUse?: boolean
  /** JSON that is authenticated but not stored: the opener gives the same again. At most 64 KiB. */
  readonly associatedData?: JsonValue
  /** Takes a prompt that lies in the database as PLAINTEXT: nothing of it is authenticated before it is sealed. */
  readonly searchable?: boolean
  /** JSON object that is signed but readable by everyone who reads the row. At most 16 KiB. */
  readonly metadata?: JsonObject
}

export interface SendOptions extends SealPromptOptions {
  /** Stores the text as PLAINTEXT, so that full-text search finds it. Text only. */
  readonly searchable?: boolean
  /**
   * What the prompt can be found by. Only high entropy, such as a random token: its plain SHA-256 is stored,
   * from which a password or a name can be guessed. Default: 32 random bytes.
   */
  readonly secret?: string | Uint8Array
}

/** What became of a prompt that was sealed. */
export interface SentPrompt {
  /** The envelope's id: what `deliver` and `open` take. */
  readonly id: string
  readonly promptId: string
}

/** What became of it. */
export interface Sent extends SentPrompt {
  /** Base64url of the 32 random bytes, when no `secret` was given. Not stored: this is the only copy. */
  readonly secret?: string
}

const SEAL_OPTIONS = [
  'to',
  'expiresInSeconds',
  'singleUse',
  'associatedData',
  'searchable',
  'metadata',
  'signal',
] as const satisfies readonly (keyof SealPromptOptions)[]
const OPTIONS = ['secret', ...SEAL_OPTIONS] as const satisfies readonly (keyof SendOptions)[]
/** As many as an envelope can have (spec/envelope.md §4). */
const MAX_RECEIVERS = 1024

/**
 * Seals `data` for one service or several and stores prompt, envelope and audit row in one transaction. Text is sealed
 * as UTF-8, bytes as they are, anything else as JSON.
 *
 * @throws KEY when a receiver's or the sender's key is missing, not active, or not what was registered;
 *   PAYLOAD_TOO_LARGE when a searchable text is too long for the index; LIMIT beyond 64 MiB
 */
export async function sendEnvelope(
  context: VaultContext,
  data: Sealable,
  options: SendOptions,
): Promise<Sent> {
  assertOptions(options, OPTIONS)
  const task = toTask(options)
  const { signal, searchable = false } = options
  if (searchable) assertSearchable(data)
  // Once, and a copy: prompt and envelope hold the same bytes.
  const content = new Uint8Array(toPlaintext(data))
  const { secret, secretHash } = toSecret(options.secret)
  return auditing(context, SENDING, signal, async () => {
    const promptId = randomUUID()
    const sealed = await sealContentFor(context, { ...task, promptId, content })
    const promptText = searchable
      ? String(data)
      : await sealPromptText(context.storageKey, promptId, content)
    const prompt = { promptId, promptText, secretHash, metadata: null }
    const id = await store(context, { prompt, sealed, signal })
    return { id, promptId, ...(secret !== undefined && { secret }) }
  })
}

/**
 * Seals a prompt that is stored once more, in an envelope of its own. What is sealed is its content as of now.
 *
 * @throws as `send` and `prompts.get`; STATE when it is archived; CONFLICT when it was changed meanwhile
 */
export async function sendPrompt(
  context: VaultContext,
  id: string,
  options: SealPromptOptions,
): Promise<SentPrompt> {
  const promptId = toUuid(id, 'id')
  assertOptions(options, SEAL_OPTIONS)
  const task = toTask(options)
  const { signal, searchable = false } = options
  return auditing(context, SENDING, signal, async () => {
    const row = await inDatabase(signal, () => readPrompt(context.db, context, promptId))
    if (row.status !== 'active') throw storeError('STATE', `the prompt is ${row.status}`)
    const { bytes: content, version } = await openPrompt(context, row, searchable)
    const sealed = await sealContentFor(context, { ...task, promptId, content }).finally(() =>
      content.fill(0),
    )
    return { id: await store(context, { prompt: { promptId, version }, sealed, signal }), promptId }
  })
}

/** The options of a sealing, checked. */
type Task = CallOptions & {
  readonly associatedData: JsonValue | undefined
  readonly to: readonly string[]
  readonly metadata: JsonObject | undefined
  readonly now: number
  readonly expiresAt: number | undefined
}

function toTask(options: SealPromptOptions): Task {
  const to = [options?.to].flat() as readonly string[]
  if (to.length === 0 || to.length > MAX_RECEIVERS) {
    throw new RangeError(`to must be 1 to ${MAX_RECEIVERS} services`)
  }
  for (const service of to) assertServiceName(service, 'to')
  if (new Set(to).size < to.length) throw new TypeError('to must not name a service twice')
  const now = Date.now()
  return {
    to,
    metadata: vaultMetadata(options.metadata, options.singleUse ?? false),
    associatedData: options.associatedData,
    now,
    expiresAt: toExpiry(options.expiresInSeconds, now),
    signal: options.signal,
  }
}

interface Sealed {
  readonly envelope: SealedEnvelope
  readonly keys: readonly KeyUse[]
}

/** All cryptography is done before the transaction: no lock is held while keys work. */
async function sealContentFor(
  context: VaultContext,
  task: Task & { readonly promptId: string; readonly content: Uint8Array },
): Promise<Sealed> {
  const { metadata, expiresAt, signal } = task
  const { service } = context
  const [sender, ...receivers] = await requireActiveKeys(context, [service, ...task.to], signal)
  const { suite } = sender.public
  const other = receivers.find((receiver) => receiver.public.suite !== suite)
  if (other !== undefined) {
    throw keyError(
      `${other.service} has keys of suite ${other.public.suite}, ${service} of ${suite}`,
      'sender and receivers of one envelope have keys of one suite',
    )
  }
  const signer = await signerOf(context, { service, keyId: sender.keyIds.signing })
  const envelope = await seal(task.content, {
    to: receivers.map((receiver) => receiver.public),
    from: { public: sender.public, signer },
    associatedData: vaultAssociatedData(task.promptId, task.associatedData),
    now: task.now,
    ...(metadata !== undefined && { metadata }),
    ...(expiresAt !== undefined && { expiresAt }),
  })
  const keys = [keyUse(sender, 'signing'), ...receivers.map((one) => keyUse(one, 'encryption'))]
  return { envelope, keys }
}

async function store(
  context: VaultContext,
  options: CallOptions & Pick<SealedForPrompt, 'prompt'> & { readonly sealed: Sealed },
): Promise<string> {
  const { prompt, sealed, signal } = options
  const { envelope, keys } = sealed
  await storeEnvelope(context, { prompt, rows: toRow(envelope), keys }, signal)
  return envelope.id
}
