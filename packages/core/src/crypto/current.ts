import { defaultBackend } from '#backend'
import type { Backend } from './backend'

let current: Backend = defaultBackend

/** The primitives in use. */
export function backend(): Backend {
  return current
}

/** Replaces hashing, HMAC, AES-GCM, randomness and Base64, for tests alone: keys stay with the platform's own. */
export function useBackend(next: Backend): void {
  current = next
}
