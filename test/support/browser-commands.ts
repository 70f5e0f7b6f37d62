/**
 * What the page of a browser test may ask of Node: to make identities, to seal and to open, with
 * the built `@zkeb/core` as Node resolves it. Everything crosses as JSON, bytes as Base64. In
 * vitest.config.ts they are registered; tests call them by `commands` of `vitest/browser`.
 */
import type { JsonObject, JsonValue, PublicIdentity } from '@zkeb/core'
import type { BrowserCommand } from 'vitest/node'

/** The shapes an envelope travels in: JSON text, or the binary form as Base64. */
export type WireShape = 'json' | 'binary'

/** An identity that Node made: both of its lines, so that every call can stand alone. */
export interface NodeIdentity {
  readonly secret: string
  readonly public: string
}

export interface SealInNode {
  /** Base64. */
  readonly data: string
  readonly shape: WireShape
  /** Secret line. */
  readonly from: string
  /** Public lines, the primary recipient's first. */
  readonly to: readonly string[]
  readonly keyIds?: { readonly encryption?: string; readonly signing?: string }
  readonly metadata?: JsonObject
  readonly associatedData?: JsonValue
  /** Unix milliseconds. */
  readonly expiresAt?: number
}

export interface OpenInNode {
  /** JSON text, or Base64 of the binary form. */
  readonly envelope: string
  readonly shape: WireShape
  /** Secret line. */
  readonly as: string
  /** Public line. */
  readonly from: string
  readonly associatedData?: JsonValue
  /** Unix milliseconds. */
  readonly now?: number
}

/** What Node found in an envelope, or the code of the error. */
export type OpenedInNode =
  | { readonly code: string }
  | {
      readonly code?: never
      /** Base64. */
      readonly data: string
      readonly id: string
      /** Unix milliseconds. */
      readonly createdAt: number
      readonly expiresAt?: number
      readonly metadata?: JsonObject
      /** Fingerprint of the sender, hex. */
      readonly sender: string
    }

interface NodeCommands {
  identityOfNode(modulusLength: 2048 | 4096): Promise<NodeIdentity>
  /** The fingerprint, hex, that Node gives a public line; or the code of the error. */
  fingerprintInNode(publicLine: string): Promise<string>
  sealInNode(request: SealInNode): Promise<string>
  openInNode(request: OpenInNode): Promise<OpenedInNode>
}

declare module 'vitest/internal/browser' {
  interface BrowserCommands extends NodeCommands {}
}

// Loaded when called: the config that names these commands must load before anything is built.
const core = () => import('@zkeb/core')

export const browserCommands: {
  [Name in keyof NodeCommands]: BrowserCommand<
    Parameters<NodeCommands[Name]>,
    Awaited<ReturnType<NodeCommands[Name]>>
  >
} = {
  async identityOfNode(_, modulusLength) {
    const { exportIdentity, exportPublicIdentity, generateIdentity } = await core()
    const identity = await generateIdentity({ modulusLength, extractable: true })
    return {
      secret: await exportIdentity(identity),
      public: await exportPublicIdentity(identity.public),
    }
  },

  async fingerprintInNode(_, publicLine) {
    const { fingerprintToHex, importPublicIdentity } = await core()
    return fingerprintToHex((await importPublicIdentity(publicLine)).fingerprint)
  },

  async sealInNode(_, { data, shape, from, to, keyIds, ...options }) {
    const { encode, importIdentity, importPublicIdentity, seal } = await core()
    const sender = await importIdentity(from, keyIds ? { keyIds } : {})
    const recipients: PublicIdentity[] = await Promise.all(
      to.map((line) => importPublicIdentity(line)),
    )
    const bytes = Buffer.from(data, 'base64')
    const envelope = await seal(bytes, { ...options, from: sender, to: recipients })
    return shape === 'json' ? JSON.stringify(envelope) : toBase64(encode(envelope))
  },

  async openInNode(_, { envelope, shape, as, from, ...options }) {
    const { fingerprintToHex, importIdentity, importPublicIdentity, isZkebError, open } =
      await core()
    const input = shape === 'json' ? envelope : Buffer.from(envelope, 'base64')
    const parties = { as: await importIdentity(as), from: await importPublicIdentity(from) }
    try {
      const opened = await open(input, { ...options, ...parties })
      const { id, createdAt, expiresAt, metadata, sender, bytes } = opened
      return {
        data: toBase64(bytes),
        id,
        createdAt: createdAt.getTime(),
        ...(expiresAt && { expiresAt: expiresAt.getTime() }),
        ...(metadata && { metadata }),
        sender: fingerprintToHex(sender.fingerprint),
      }
    } catch (error) {
      if (isZkebError(error)) return { code: error.code }
      throw error
    }
  },
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
