import { checkShares } from '@zkeb/core/recovery'
import { expect, test } from 'vitest'
import { amend, found } from '../../../test/support/accounts'
import { makeSet } from '../../../test/support/shares'

test('a drill against the account finds out that the kits are of a set it no longer has', async () => {
  const kits = await makeSet(2, 3)
  const { account, server } = await found([{ recovery: kits.secret, setId: kits.setId }])
  const drill = (shares: readonly Uint8Array[], { slots } = account) => {
    const slot = slots.find((s) => s.kind === 'recovery' && s.sealed)
    return slot && checkShares(shares, { setId: slot.parameters })
  }
  expect(await drill(kits.shares)).toMatchObject({ recovers: true, have: 3 })

  const fresh = await makeSet(2, 3, { epoch: 1 })
  const old = account.slots.map(({ id }) => id)
  const renewed = await amend(server, account, {
    removeSlots: old,
    addSlots: [{ recovery: fresh.secret, setId: fresh.setId }],
  })
  // The old kits are as good as ever, and open nothing.
  expect(await checkShares(kits.shares)).toMatchObject({ recovers: true })
  expect(await drill(kits.shares, renewed)).toMatchObject({ recovers: false, have: 0 })
  expect(await drill(fresh.shares, renewed)).toMatchObject({ recovers: true, have: 3 })

  const [added] = renewed.slots.filter(({ sealed }) => sealed).map(({ id }) => id)
  const without = await amend(server, renewed, { removeSlots: [added as string] })
  expect(await drill(fresh.shares, without)).toBeUndefined()
})
