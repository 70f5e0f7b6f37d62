import { defaultBackend } from '#backend'
import type { Backend } from './backend'

let current: Backend = defaultBackend

/** The primitives in use. */
export function backend(): Backend {
  return current
}

/**
 * Replaces the primitives for the whole process: for tests, and for runtimes whose export conditions choose wrongly.
 * By default `node:crypto` on Node and WebCrypto everywhere else.
 */
export function useBackend(next: Backend): void {
  current = next
}
