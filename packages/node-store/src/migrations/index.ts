import type { Migrations } from '../db/migration'
import { promptVault } from './001-prompt-vault'
import { envelopeRecipients } from './002-envelope-recipients'
import { grantsAndReceipts } from './003-grants-and-receipts'

/** Every released step, oldest first. A released step never changes; a new one is added below. */
export const migrations: Migrations = {
  '001-prompt-vault': promptVault,
  '002-envelope-recipients': envelopeRecipients,
  '003-grants-and-receipts': grantsAndReceipts,
}
