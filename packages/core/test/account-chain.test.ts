import { type Manifest, type ManifestBody, verifyChain } from '@zkeb/core/account'
import { describe, expect, test } from 'vitest'
import { IDS, partiesOf, pinOf, STORY, storedOf, tellStory } from '../../../test/support/chains'
import { SUITES } from '../../../test/support/identities'

describe.each(SUITES)('%s', async (suite) => {
  const parties = await partiesOf(suite)
  const story = await tellStory(parties)
  const first = story[0] as Manifest

  test('the story of an account is a chain', async () => {
    const chain = await verifyChain(storedOf(story), { pin: pinOf(first) })
    expect(chain.manifests).toEqual(story)
    expect(chain.device(IDS.carol)?.state).toBe('active')
  })
})
