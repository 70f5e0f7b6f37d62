import { expect, test, vi } from 'vitest'

test('the browser example of the README runs as it stands', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  // @ts-expect-error the module is made of the README's code
  await import('readme:browser/0')
  expect(log.mock.calls).toEqual([[{ note: 'for my eyes only' }]])
})
