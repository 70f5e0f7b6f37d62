/** Attack: a server changes how a passphrase is stretched, or knows an old one. */
import { inspectSlot, openAccount, unlockAccount } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import { CHEAP, found, passphrase } from '../support/accounts'
import { relabelled, withSlot, written } from '../support/hostile-server'
import { attempt, PASSPHRASE, tellStory } from '../support/hostile-story'
import { peopleOf } from '../support/identities'

describe('a passphrase slot', async () => {
  const { server, laptop } = await tellStory('x25519')
  const { truth } = server
  const [entry] = laptop.slots.filter(({ kind }) => kind === 'passphrase')
  const label = new TextDecoder().decode(entry?.parameters)
  const serve = (parameters: string) => {
    const isMine = ({ kind }: { kind: string }) => kind === 'passphrase'
    const record = withSlot(truth, isMine, (slot) => relabelled(slot, { parameters }))
    return attempt(laptop, () => unlockAccount(record, passphrase(PASSPHRASE)))
  }

  test('as it was', async () => {
    expect(await serve(label)).toBe('none')
  })

  test.each([
    ['less memory than the floor', 'm=8192', 'm=8191', 'LIMIT'],
    ['less work than the floor', 't=4', 't=3', 'LIMIT'],
    ['more work than the ceiling', 't=4', 't=129', 'LIMIT'],
    ['more memory than any machine has', 'm=8192', 'm=4294967295', 'LIMIT'],
    ['more lanes than the ceiling', 'p=1', 'p=17', 'LIMIT'],
    ['other work within the bounds', 't=4', 't=5', 'OPEN'],
    ['another variant of Argon2', 'argon2id', 'argon2i', 'FORMAT'],
    ['another version of Argon2', 'v=19', 'v=16', 'FORMAT'],
    ['leading zeros', 'm=8192', 'm=08192', 'FORMAT'],
    ['no label', label, '', 'FORMAT'],
    ['scrypt', label, `$scrypt$ln=16,r=8,p=1$${label.slice(-22)}`, 'FORMAT'],
    ['another salt', label.slice(-22), 'AAAAAAAAAAAAAAAAAAAAAA', 'OPEN'],
  ])('with %s', async (_name, was, is, code) => {
    expect(await serve(label.replace(was, is))).toBe(code)
  })

  test('many times, so that all together take too long', async () => {
    const [mine] = truth.slots.filter((slot) => inspectSlot(slot).kind === 'passphrase')
    const parameters = label.replace('t=4', 't=120')
    const costly = relabelled(mine as Uint8Array, { parameters })
    const record = { ...truth, slots: [costly, costly] }
    const unlocking = () => unlockAccount(record, passphrase(PASSPHRASE))
    expect(await attempt(laptop, unlocking)).toBe('LIMIT')
  })

  test('of a server that knows an old passphrase: a whole account of that, never under the new one', async () => {
    const { dave } = await peopleOf('x25519')
    const [old] = laptop.slots.filter(({ kind }) => kind === 'passphrase')
    const { account, change } = await laptop.amend({
      removeSlots: [old?.id ?? ''],
      addSlots: [{ passphrase: 'new', kdf: CHEAP }],
    })
    const record = written(truth, change)
    const lie = await found([passphrase(PASSPHRASE)], { device: dave })
    const unlocking = () => unlockAccount(lie.server.record, passphrase('new'))
    expect(await attempt(account, unlocking)).toBe('OPEN')
    const both = { ...lie.server.record, slots: [...lie.server.record.slots, ...record.slots] }
    expect(await attempt(account, () => unlockAccount(both, passphrase('new')))).toBe('MANIFEST')
    const kept = { ...record, slots: [...truth.slots, ...record.slots] }
    const opening = () =>
      openAccount(lie.server.record, {
        device: dave,
        accountId: account.accountId,
        pin: account.pin,
      })
    expect(await attempt(account, opening)).toBe('MANIFEST')
    expect(await attempt(account, () => unlockAccount(kept, passphrase(PASSPHRASE)))).toBe(
      'NOT_RECIPIENT',
    )
    expect(await attempt(account, () => unlockAccount(kept, passphrase('new')))).toBe('none')
  })
})
