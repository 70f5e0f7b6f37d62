import { ZkebError } from '../errors'

/** A key that is not taken. Without a cause: platforms quote parts of what they could not read. */
export function refused(kind: string, reason: string, hint?: string): ZkebError {
  return new ZkebError('KEY', `${kind} key refused: ${reason}`, {
    hint: hint ?? 'the key is altered or of another kind; make one with generateIdentity()',
  })
}
