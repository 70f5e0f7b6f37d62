import { createHash } from 'node:crypto'
import { generateIdentity, type Identity, type PublicIdentity } from '@zkeb/core'
import {
  type Account,
  createAccount,
  type UnlockedAccount,
  unlockAccount,
} from '@zkeb/core/account'
import { acceptedBackups, openBackup, sealBackup } from '@zkeb/core/backup'
import {
  checkShares,
  combineShares,
  createRecoverySet,
  receiveShare,
  releaseCode,
  releaseShare,
  SharesError,
  sealShare,
} from '@zkeb/core/recovery'
import { heading, step, table } from './report'
import { UntrustedServer } from './untrusted-server'

/** The tenant that the app's own sign-in has found; a server knows it. */
const USER_ID = '5d5f1f86-3c53-4b0b-9a54-8fbd2f7d7c3e'
const THRESHOLD = 3
const GUARDIANS = 5

export interface BackupJob {
  readonly fileName: string
  readonly content: Uint8Array
}

/** Back up a file → lose every device → recover the account from guardians' shares, one of them bad → restore the file. */
export async function runBackupJob({ fileName, content }: BackupJob): Promise<void> {
  const server = new UntrustedServer()
  const guardians = await Promise.all(Array.from({ length: GUARDIANS }, newDevice))
  const kept = await backUp(server, guardians, { fileName, content })

  heading('Lose every device')
  await step('no device is left, and the passphrase is forgotten', async () => {})

  heading(`Recover from ${THRESHOLD} of ${GUARDIANS} guardians`)
  const device = await newDevice()
  const shares = await collectShares(kept, guardians, device)
  const secret = await combineGood(shares, kept.setId)
  const unlocked = await step(
    'unlock the account with the recovered secret',
    () => unlockAccount(server.read(), { recovery: secret }),
    ({ devices }) => `${devices.length} device(s) in its proven chain of manifests`,
  )
  secret.fill(0)
  const account = await step(
    'join with the new device, revoke the lost one, and with it the secrets it knew',
    () => joinAndRevoke(server, unlocked, device),
    ({ generation, slots }) =>
      `account key of generation ${generation}; unlocked by ${slots.map(({ kind }) => kind).join(', ')}`,
  )
  await step(
    `restore ${fileName}`,
    () => restore(server, account, fileName),
    (bytes) => {
      if (sha256(bytes) !== sha256(content)) throw new Error('the file came out changed')
      return `${bytes.length} bytes, the same as backed up (SHA-256 ${sha256(bytes).slice(0, 16)}…)`
    },
  )
}

/** What guardians have on their kits, and the sealed shares: nothing of it is the server's word. */
interface Kept {
  /** Who sealed the shares: its fingerprint is on the kits. */
  readonly owner: PublicIdentity
  readonly accountId: Uint8Array
  readonly setId: Uint8Array
  readonly sealedShares: readonly Awaited<ReturnType<typeof sealShare>>[]
}

async function backUp(
  server: UntrustedServer,
  guardians: readonly Identity[],
  { fileName, content }: BackupJob,
): Promise<Kept> {
  heading('Back up, with zero knowledge')
  const owner = await newDevice()
  const set = await createRecoverySet({ threshold: THRESHOLD, shares: GUARDIANS })
  const { account, change } = await step(
    'create an account: a device, a passphrase, a recovery secret',
    () =>
      createAccount({
        device: owner,
        slots: [
          { passphrase: 'correct horse battery staple' },
          { recovery: set.secret, setId: set.setId },
        ],
      }),
  )
  server.write(change)
  const { accountId } = account
  const sealedShares = await step(
    `split the recovery secret ${THRESHOLD} of ${GUARDIANS}, and seal a share to each guardian`,
    () =>
      Promise.all(
        set.shares.map((share, i) =>
          sealShare(share, { to: (guardians[i] as Identity).public, from: owner, accountId }),
        ),
      ),
  )
  await step(
    'drill: would they give the secret?',
    () => checkShares(set.shares, { setId: set.setId }),
    ({ have, need, recovers }) => `${recovers ? 'yes' : 'no'}, ${have} good, ${need} needed`,
  )
  const row = await step(`encrypt and sign ${fileName} on the device`, () =>
    sealBackup(content, { as: account, userId: USER_ID, name: fileName }),
  )
  server.backups.push(row)
  heading(
    `What the server sees: the row of ${fileName} for table encrypted_backups (kept in memory here; padded)`,
  )
  table({ ...row })
  return { owner: owner.public, accountId, setId: set.setId, sealedShares }
}

/** Three guardians compare a code and release their share; the third one typed theirs from paper, and something is wrong with it. */
async function collectShares(
  { owner, accountId, setId, sealedShares }: Kept,
  guardians: readonly Identity[],
  device: Identity,
): Promise<Uint8Array[]> {
  const code = await step(
    'the new device shows its code, to be read to the guardians',
    () => releaseCode(device.public),
    (words) => `"${words}"`,
  )
  const release = async (i: number) => {
    const guardian = guardians[i] as Identity
    const envelope = sealedShares[i] as Kept['sealedShares'][number]
    const expected = { from: owner, accountId, setId, index: i + 1 }
    const to = device.public
    const granted = await releaseShare(envelope, { as: guardian, to, code, ...expected })
    const guardianPublic = guardian.public
    return receiveShare(envelope, granted, { as: device, guardian: guardianPublic, ...expected })
  }
  const shares = await step(`${THRESHOLD + 1} guardians release their shares`, () =>
    Promise.all([0, 1, 2, 4].map(release)),
  )
  const bad = shares[2] as Uint8Array
  // A byte of y, as bad memory or somebody's bad will would change it.
  bad[50] = (bad[50] as number) ^ 1
  return shares
}

/** A bad share is named; the rest is used because somebody decides so. */
async function combineGood(shares: Uint8Array[], setId: Uint8Array): Promise<Uint8Array> {
  const report = await step(
    'combine them all, one of which we have changed',
    async () => {
      const refusal = await combineShares(shares, { setId }).catch((error: unknown) => error)
      if (refusal instanceof SharesError) return refusal.report
      throw refusal instanceof Error ? refusal : new Error('a bad share was taken')
    },
    ({ bad, have, need }) => {
      const named = bad.map(({ index, reason }) => `share ${index} is ${reason}`).join(', ')
      return `refused: ${named}; ${have} good, ${need} needed`
    },
  )
  return step('combine the good ones', () =>
    combineShares(
      report.good.map(({ position }) => shares[position] as Uint8Array),
      { setId },
    ),
  )
}

/**
 * What the lost device wrote is listed, and nothing that anybody writes with it from now on is accepted. The slots it has handled go with it,
 * and so the guardians' shares are void: a new set is made, which would be handed out as the first one was.
 */
async function joinAndRevoke(
  server: UntrustedServer,
  unlocked: UnlockedAccount,
  device: Identity,
): Promise<Account> {
  const joined = await unlocked.join(device)
  server.write(joined.change)
  const lost = joined.account.devices.filter(({ state }) => state === 'unconfirmed')
  const revokeDevices = await Promise.all(
    lost.map(async ({ id: deviceId }) => {
      const writer = { as: joined.account, userId: USER_ID, deviceId }
      const { accepted, refused } = await acceptedBackups(server.backups, writer)
      if (refused.length > 0) throw new Error('there are backups that nobody could restore')
      return { deviceId, accepted }
    }),
  )
  const next = await createRecoverySet({ threshold: THRESHOLD, shares: GUARDIANS, epoch: 1 })
  const { account, change } = await joined.account.amend({
    revokeDevices,
    addSlots: [
      { passphrase: 'a new one, since the old one was forgotten' },
      { recovery: next.secret, setId: next.setId },
    ],
  })
  next.secret.fill(0)
  server.write(change)
  return account
}

async function restore(
  server: UntrustedServer,
  account: Account,
  fileName: string,
): Promise<Uint8Array> {
  for (const row of server.backups) {
    const opened = await openBackup(row, { as: account, userId: USER_ID })
    if (opened.name === fileName) return opened.bytes
  }
  throw new Error(`${fileName} is not among the backups`)
}

function newDevice(): Promise<Identity> {
  return generateIdentity({ suite: 'x25519' })
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
