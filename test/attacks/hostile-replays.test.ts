/** Attack: a server sends an account as it was. What it cannot hide is ROLLBACK or FORK; what it can is named here. */
import { type Account, unlockAccount } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import { recovery } from '../support/accounts'
import { written } from '../support/hostile-server'
import { attempt, setScene, THEN } from '../support/hostile-story'
import { SUITES } from '../support/identities'
import { outcomeOf } from '../support/outcome'

describe.each(SUITES)('%s', async (suite) => {
  const { story, refresh, unlock } = await setScene(suite)

  const { server, thief, past, devices } = story
  const { truth } = server

  describe('an old manifest', () => {
    test('to a device that has seen a newer one: ROLLBACK', async () => {
      for (const old of server.history.slice(0, -1)) expect(await refresh(old)).toBe('ROLLBACK')
      expect(await refresh({ ...truth, manifests: [] })).toBe('ROLLBACK')
    })

    test('with the true keys, slots and lists beside it: ROLLBACK', async () => {
      const { manifests } = server.at(THEN.thirdSlot)
      expect(await refresh({ ...truth, manifests })).toBe('ROLLBACK')
    })

    test('from before a slot was made, to that slot: ROLLBACK', async () => {
      const { slots } = truth
      const secrets = [recovery(4), recovery(3)]
      const codes = secrets.map((secret) =>
        unlock({ ...server.at(THEN.thiefEnrolled), slots }, secret),
      )
      expect(await Promise.all(codes)).toEqual(['ROLLBACK', 'ROLLBACK'])
    })

    test('NOT DETECTED by a device that missed the newer ones: true keys, and the old state shows', async () => {
      const old = server.at(THEN.thirdSlot)
      expect(await refresh(old, past[0])).toBe('none')
      const opened = await (past[0] as Account).refresh(old)
      expect(opened.generation).toBe(0)
      expect(opened.chain.device(thief.deviceId)?.state).toBe('active')
    })

    test('NOT DETECTED by a fresh client with an older slot: true keys, and the old state shows', async () => {
      const old = server.at(THEN.thirdSlot)
      expect(await unlock(old)).toBe('none')
      const opened = await unlockAccount(old, recovery(1))
      expect(opened.generation).toBe(0)
      expect(opened.devices.map(({ id }) => id)).toContain(thief.deviceId)
      expect(opened.slots.some(({ parameters: [first] }) => first === 2)).toBe(true)
    })

    test('joined by a fresh client, is FORK to everybody who has seen more', async () => {
      const old = server.at(THEN.thirdSlot)
      const { account, change } = await (await unlockAccount(old, recovery(1))).join(devices.fresh)
      const forked = written(old, change)
      expect(await attempt(account, () => account.refresh(forked))).toBe('none')
      expect(await refresh(forked)).toBe('ROLLBACK')
      const longer = await account.amend({ rotate: true })
      const again = await longer.account.amend({ rotate: true })
      const later = written(written(forked, longer.change), again.change)
      expect(await refresh(later)).toBe('FORK')
      expect(await outcomeOf(() => account.refresh(truth))).toBe('FORK')
    })
  })
})
