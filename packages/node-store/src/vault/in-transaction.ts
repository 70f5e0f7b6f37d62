import { bindTransaction, type CallerTransaction } from '../db/caller-transaction'
import type { Background } from './background'
import type { VaultContext } from './context'

/**
 * The same vault inside a transaction of the caller's.
 *
 * @throws TypeError when `tx` is no transaction
 */
export function inTransaction(
  context: VaultContext,
  tx: CallerTransaction,
  background: Background,
): VaultContext {
  return {
    ...context,
    db: bindTransaction(tx).withSchema(context.schema),
    outside: { db: context.db, run: background.run },
  }
}
