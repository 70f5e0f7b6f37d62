/** An account as backups see it, with real identities; a chain that tests write as they like. */
import type { Identity } from '@zkeb/core'
import type { DeviceState } from '@zkeb/core/account'
import type { BackupWriter } from '@zkeb/core/backup'
import { bytesToHex } from './bytes'

interface Member {
  readonly identity: Identity
  /** The generations it was active in. */
  readonly active: readonly number[]
  readonly state?: DeviceState
}

export interface AccountSetup {
  /** What the account's id and keys follow from. */
  readonly seed?: string
  /** The newest generation. */
  readonly generation?: number
  readonly devices: Readonly<Record<string, Member>>
  /** Names of the manifests in the chain; the last one is the head. */
  readonly manifests?: readonly string[]
  /** Of revoked devices: id and digest, both in hexadecimal. */
  readonly accepted?: Readonly<Record<string, readonly (readonly [string, Uint8Array])[]>>
}

/** The account on the device with that id. */
export async function accountOf(deviceId: string, setup: AccountSetup): Promise<BackupWriter> {
  const { seed = 'account', generation = 0, devices, manifests = ['genesis'], accepted } = setup
  const digests = await Promise.all(manifests.map(manifestDigest))
  const own = devices[deviceId]
  if (!own) throw new Error(deviceId)
  return {
    accountId: await sha256(`${seed} id`),
    generation,
    deviceId,
    device: own.identity,
    pin: { digest: digests.at(-1) as Uint8Array },
    chain: {
      has: (digest) => digests.some((one) => bytesToHex(one) === bytesToHex(digest)),
      wasActive: (id, g) => devices[id]?.active.includes(g) ?? false,
      identity: (id) => devices[id]?.identity.public,
      device: (id) => devices[id] && { state: devices[id].state ?? 'active' },
    },
    async key(label, g) {
      if (g > generation) throw new Error(`no generation ${g}`)
      return sha256(`${seed} ${label} ${g}`)
    },
    revocationList(id) {
      const list = accepted?.[id]
      if (!list) return undefined
      return {
        includes: ({ id: backup, digest }) =>
          list.some(([one, its]) => one === backup && bytesToHex(its) === bytesToHex(digest)),
      }
    },
  }
}

export function manifestDigest(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(`manifest ${name}`)
}

async function sha256(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
}
