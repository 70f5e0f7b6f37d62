/** A backend that refuses to work, to prove that something is decided without it. */
import type { Backend } from '../../packages/core/src/crypto/backend'
import { backend, useBackend } from '../../packages/core/src/crypto/current'
import { outcomeOf } from './outcome'

const nothing = new Proxy({} as Backend, {
  get(_target, name) {
    throw new Error(`${String(name)} was used`)
  },
})

/** What came of a call that has no primitives: 'Error' where it asked for one, not even for Base64. */
export async function outcomeWithoutBackend(work: () => unknown): Promise<string> {
  const usual = backend()
  useBackend(nothing)
  try {
    return await outcomeOf(work)
  } finally {
    useBackend(usual)
  }
}
