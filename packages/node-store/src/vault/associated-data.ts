import type { JsonObject, JsonValue } from '@zkeb/core'

/** The member of an envelope's metadata that belongs to the vault (spec/vault.md §3). */
const RESERVED = 'zkeb'

/**
 * What the vault seals an envelope with: the prompt it belongs to, and the caller's own associated data.
 * A receiver who opens a delivered envelope with `open` of core passes this.
 */
export function vaultAssociatedData(promptId: string, associatedData?: JsonValue): JsonValue {
  const prompt = promptId.toLowerCase()
  return associatedData === undefined ? { promptId: prompt } : { promptId: prompt, associatedData }
}

/**
 * The caller's metadata with the vault's own beside it.
 *
 * @throws TypeError when the caller uses the vault's member
 */
export function vaultMetadata(
  metadata: JsonObject | undefined,
  singleUse: boolean,
): JsonObject | undefined {
  if (metadata !== undefined && Object.hasOwn(metadata, RESERVED)) {
    throw new TypeError(`metadata must not have a member named ${RESERVED}`)
  }
  return singleUse ? { ...metadata, [RESERVED]: { singleUse: true } } : metadata
}

/** Whether signed metadata says that the envelope opens once. */
export function isSingleUse(metadata: JsonObject | undefined): boolean {
  const own = metadata?.[RESERVED]
  return typeof own === 'object' && own !== null && 'singleUse' in own && own.singleUse === true
}
