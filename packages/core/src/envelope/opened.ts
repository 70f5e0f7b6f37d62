import { fromUtf8 } from '../bytes'
import type { JsonObject, JsonValue } from '../encoding/jcs'
import { ZkebError } from '../errors'
import type { PublicIdentity } from '../keys/identity'
import type { Verified } from './verify'

/** What json() takes: any validator of the Standard Schema interface (zod, valibot, arktype, …). */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    /** Returns the value, or the issues it has. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly path?: readonly unknown[] | undefined }[] }

/** An opened envelope: its content, and what was proven about it. `From` is undefined where nobody signed. */
export class Opened<From extends PublicIdentity | undefined = PublicIdentity> {
  declare readonly id: string
  declare readonly createdAt: Date
  declare readonly expiresAt?: Date
  declare readonly metadata?: JsonObject
  /** Who sealed it, as proven by the signature; undefined for an unsigned envelope, which proves nothing of it. */
  declare readonly sender: From
  /** Who granted access, as proven by the signature of the grant; absent where the reader is a recipient. */
  declare readonly grantedBy?: PublicIdentity
  /** The content. */
  readonly bytes: Uint8Array

  constructor(verified: Omit<Verified, 'sender'> & { readonly sender: From }, bytes: Uint8Array) {
    Object.assign(this, verified)
    this.bytes = bytes
  }

  /** The content as text. Throws `FORMAT` where it is not UTF-8. */
  text(): string {
    try {
      return fromUtf8(this.bytes)
    } catch {
      throw new ZkebError('FORMAT', 'the content is not UTF-8')
    }
  }

  /** The content as JSON. With a schema, a promise of what the schema makes of it. Throws `FORMAT` where it is neither. */
  json(): JsonValue
  json<Output>(schema: StandardSchema<Output>): Promise<Output>
  json<Output>(schema?: StandardSchema<Output>): JsonValue | Promise<Output> {
    const value = this.#parse()
    return schema === undefined ? value : validate(schema, value)
  }

  #parse(): JsonValue {
    const text = this.text()
    try {
      return JSON.parse(text) as JsonValue
    } catch {
      // No cause: the engine's message quotes the plaintext.
      throw new ZkebError('FORMAT', 'the content is not JSON')
    }
  }
}

async function validate<Output>(schema: StandardSchema<Output>, value: unknown): Promise<Output> {
  const result = await schema['~standard'].validate(value)
  if (!result.issues) return result.value
  // Validators' messages quote values.
  throw new ZkebError('FORMAT', 'the content does not fit the schema')
}
