import { createHash } from 'node:crypto'
import { isZkebError, openContent, pae, sealContent, ZkebError } from '@zkeb/core'

/** What a sealed `prompt_text` begins with; hex of the message follows (spec/vault.md §1). */
export const SEALED_PREFIX = 'zkeb-prompt-v1:'
/** First piece of the context that binds a text to its row. */
const CONTEXT_LABEL = 'zkeb/prompt/v1'

/**
 * Seals a prompt's content for the column `prompt_text`: bound to the prompt's id, so that it does not
 * open in another row. Hex and not Base64, because the documented full-text index refuses long Base64.
 */
export async function sealPromptText(
  storageKey: Uint8Array,
  promptId: string,
  content: Uint8Array,
): Promise<string> {
  const key = { inputKey: new Uint8Array(storageKey), context: promptContext(promptId) }
  const { message } = await sealContent(key, new Uint8Array(content))
  key.inputKey.fill(0)
  return SEALED_PREFIX + Buffer.from(message).toString('hex')
}

/** Whether a `prompt_text` is sealed; otherwise it is plaintext that was asked to be searchable. */
export function isSealedPromptText(text: string): boolean {
  return text.startsWith(SEALED_PREFIX)
}

/**
 * Opens what {@link sealPromptText} made.
 *
 * @throws FORMAT for text that is no sealed one; OPEN for another storage key, another row, or altered
 */
export async function openPromptText(
  storageKey: Uint8Array,
  promptId: string,
  text: string,
): Promise<Uint8Array> {
  const hex = text.slice(SEALED_PREFIX.length)
  if (!isSealedPromptText(text) || hex.length % 2 !== 0 || !/^[0-9a-f]*$/.test(hex)) {
    throw new ZkebError('FORMAT', 'prompt_text is not a sealed text', {
      hint: 'sent with `searchable: true`? Then get it with that; else the row was edited: restore it',
    })
  }
  const key = { inputKey: new Uint8Array(storageKey), context: promptContext(promptId) }
  try {
    return await openContent(key, new Uint8Array(Buffer.from(hex, 'hex')))
  } catch (error) {
    if (!isZkebError(error, 'OPEN')) throw error
    throw new ZkebError('OPEN', 'the prompt text cannot be opened', {
      hint: 'another storage key, a text moved from another row, or altered',
    })
  } finally {
    key.inputKey.fill(0)
  }
}

/** SHA-256(PAE["zkeb/prompt/v1", 16 bytes of the id]). */
function promptContext(promptId: string): Uint8Array<ArrayBuffer> {
  const id = new Uint8Array(Buffer.from(promptId.replaceAll('-', ''), 'hex'))
  return new Uint8Array(
    createHash('sha256')
      .update(pae([CONTEXT_LABEL, id]))
      .digest(),
  )
}

/**
 * Checks a text that is to be stored as it is.
 *
 * @throws TypeError when it is no string, holds U+0000 (PostgreSQL stores none), or begins like a sealed one
 */
export function assertSearchable(data: unknown): asserts data is string {
  if (typeof data !== 'string') throw new TypeError('searchable: only text can be searched')
  if (data.includes('\0')) {
    throw new TypeError('searchable: the text holds U+0000, which PostgreSQL cannot store')
  }
  if (isSealedPromptText(data)) {
    throw new TypeError(`searchable: the text must not begin with ${SEALED_PREFIX}`)
  }
}
