/** Accounts for tests: cheap secrets, and devices that come by the words. */
import { generateIdentity, type KeyringIdentity, type SuiteName } from '@zkeb/core'
import {
  type Account,
  type Amendments,
  answerEnrolment,
  type CreateAccountOptions,
  createAccount,
  openAccount,
  requestEnrolment,
  type SlotSecret,
} from '@zkeb/core/account'
import { AccountServer } from './account-server'

/** The weakest function that is accepted. */
export const CHEAP = { id: 'argon2id', m: 8_192, t: 4, p: 1 } as const

export const passphrase = (text: string) => ({ passphrase: text, kdf: CHEAP })

/** A recovery secret, and the id of its set: bytes of one value. */
export const recovery = (value: number) => ({
  recovery: new Uint8Array(32).fill(value),
  setId: new Uint8Array(16).fill(value),
})

/** A passkey whose output depends on what it is asked, and on who it is. */
export const passkey = (value: number) => ({
  passkey: async (input: Uint8Array) => input.slice(-32).map((byte) => byte ^ value),
})

export const newDevice = (suite: SuiteName = 'x25519') => generateIdentity({ suite })

/** A new account, and the server that keeps it. */
export async function found(
  slots: readonly SlotSecret[] = [],
  options: Partial<CreateAccountOptions> = {},
) {
  const device = options.device ?? (await newDevice())
  const { account, change } = await createAccount({ ...options, device, slots })
  return { account, device, server: new AccountServer(change) }
}

/** Amends, and writes it. */
export async function amend(server: AccountServer, account: Account, amendments: Amendments) {
  const { account: next, change } = await account.amend(amendments)
  if (!server.write(change)) throw new Error('the server has another manifest')
  return next
}

/** Enrols a device with an active one, whose user compares the words. */
export async function enrol(
  server: AccountServer,
  account: Account,
  device: KeyringIdentity,
): Promise<{ readonly account: Account; readonly enrolled: Account }> {
  const asking = await requestEnrolment(device.public)
  const answering = await answerEnrolment(asking.request, account)
  const { reveal, words, accountId, pin } = await asking.accept(answering.answer)
  const found = await answering.accept(reveal)
  if (found.words !== words) throw new Error('the words differ')
  const next = await amend(server, account, { addDevices: [found.device] })
  return { account: next, enrolled: await openAccount(server.record, { device, accountId, pin }) }
}
