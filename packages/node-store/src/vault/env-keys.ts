import {
  type Identity,
  importIdentity,
  importPublicIdentity,
  type KeyIds,
  type PublicIdentity,
} from '@zkeb/core'
import {
  assertServiceName,
  identityName,
  type KeyRef,
  type KeySource,
  keyIdsOf,
  nameInKeyId,
  STORAGE_KEY_BYTES,
} from './key-source'
import { keyError } from './trusted-keys'

/** Lines of private identities, newest first: `exportIdentity(identity)` writes one. */
const IDENTITY = 'ZKEB_IDENTITY_'
/** Lines of public identities, newest first: `exportPublicIdentity(identity)` writes one. */
const PUBLIC = 'ZKEB_PUBLIC_'
/** Base64 of 32 bytes. */
const STORAGE_KEY = 'ZKEB_STORAGE_KEY_'

/** Either half of an identity, under the name that its key ids contain. */
interface Entry {
  readonly name: string
  readonly public: PublicIdentity
  readonly identity?: Identity
}

/**
 * Keys in environment variables, for platforms that hand out secrets that way. SERVICE is the service's name in capitals, with `_` for
 * `-`:
 *
 * ```
 * ZKEB_IDENTITY_<SERVICE>      lines of exportIdentity(), newest first, white space between: this process is the service
 * ZKEB_PUBLIC_<SERVICE>        lines of exportPublicIdentity(), likewise: this process knows the service
 * ZKEB_STORAGE_KEY_<SERVICE>   Base64 of 32 random bytes; else give createVault a storageKey
 * ```
 *
 * The first line is the one `keys.ensure` and `keys.rotate` register; those behind it still open. To rotate, put the new line before
 * the old ones and call `keys.rotate`. The variables are read at every use, and imported once while
 * they stay the same.
 */
export function envKeys(
  env: Readonly<Record<string, string | undefined>> = process.env,
): KeySource {
  const imported = new Map<string, { readonly text: string; readonly entries: Promise<Entry[]> }>()

  const read = <T>(prefix: string, service: string, load: (line: string) => Promise<T>) => {
    assertServiceName(service, 'service')
    const variable = variableOf(prefix, service)
    const text = env[variable] ?? ''
    const known = imported.get(variable)
    if (known?.text === text) return known.entries as Promise<(Entry & T)[]>
    const lines = text.split(/\s+/).filter((line) => line !== '')
    const entries = Promise.all(lines.map(load))
    imported.set(variable, { text, entries: entries as Promise<never[]> })
    return entries
  }
  const identitiesOf = (service: string) =>
    read(IDENTITY, service, async (line): Promise<Required<Entry>> => {
      const name = identityName((await importIdentity(line)).public)
      const identity = await importIdentity(line, { keyIds: keyIdsOf(service, name) })
      return { name, public: identity.public, identity }
    })
  const publicsOf = (service: string) =>
    read(PUBLIC, service, async (line): Promise<Entry> => {
      const labelled = (keyIds: KeyIds) => importPublicIdentity(line, { keyIds })
      const name = identityName(await labelled({}))
      return { name, public: await labelled(keyIdsOf(service, name)) }
    })

  const findPrivate = async (ref: KeyRef) => {
    const name = nameInKeyId(ref)
    if (name === undefined) return undefined
    const entries = await identitiesOf(ref.service)
    return entries.find((entry) => entry.name === name)?.identity
  }

  return {
    publicIdentity: async (ref) => {
      const name = nameInKeyId(ref)
      if (name === undefined) return undefined
      const own = await findPrivate(ref)
      if (own !== undefined) return own.public
      const entries = await publicsOf(ref.service)
      return entries.find((entry) => entry.name === name)?.public
    },
    decrypter: async (ref) => (await findPrivate(ref))?.decrypter,
    signer: async (ref) => (await findPrivate(ref))?.signer,
    current: async (service) => {
      const [first] = await identitiesOf(service)
      return first?.public ?? (await publicsOf(service))[0]?.public
    },
    storageKey: async (service) => {
      assertServiceName(service, 'service')
      const variable = variableOf(STORAGE_KEY, service)
      const text = (env[variable] ?? '').trim()
      const key = new Uint8Array(Buffer.from(text, 'base64'))
      const isCanonical = Buffer.from(key).toString('base64') === text
      if (isCanonical && key.length === STORAGE_KEY_BYTES) return key
      throw keyError(
        `${variable} is not Base64 of ${STORAGE_KEY_BYTES} bytes`,
        'make one with `openssl rand -base64 32`, and keep it: what it sealed opens with nothing else',
      )
    },
    location: ({ service }) => `env:${variableOf(IDENTITY, service)}`,
  }
}

function variableOf(prefix: string, service: string): string {
  return prefix + service.toUpperCase().replaceAll('-', '_')
}
