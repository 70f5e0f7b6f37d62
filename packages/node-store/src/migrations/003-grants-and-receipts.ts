import type { Migration } from '../db/migration'
import { createTable, quoteIdentifier, type TableSpecs } from '../db/table-spec'

const NOW = ['timestamp with time zone', 'NOT NULL DEFAULT CURRENT_TIMESTAMP'] as const

const tables = {
  envelope_grants: {
    envelope_id: ['uuid', 'NOT NULL'],
    fingerprint: ['bytea', 'NOT NULL'],
    receiver_public_key_id: ['character varying(255)', 'NOT NULL'],
    granted_by: ['character varying(255)', 'NOT NULL'],
    grant_json: ['text', 'NOT NULL'],
    expires_at: ['timestamp with time zone'],
    created_at: NOW,
  },
  envelope_receipts: {
    digest: ['bytea', 'PRIMARY KEY'],
    envelope_id: ['uuid', 'NOT NULL'],
    receipt_json: ['text', 'NOT NULL'],
    created_at: NOW,
  },
} as const satisfies TableSpecs

/**
 * Who may open an envelope by what a recipient granted (spec/grant.md), one grant for each key; and the receipts
 * of openings without the database (spec/receipt.md), by the digest of what was signed.
 */
export const grantsAndReceipts: Migration = {
  tables,
  up: (schema) => {
    const envelope = `FOREIGN KEY (envelope_id)
    REFERENCES ${quoteIdentifier(schema)}.envelopes (id) ON DELETE CASCADE`
    return [
      createTable({
        schema,
        name: 'envelope_grants',
        spec: tables.envelope_grants,
        constraints: [
          'PRIMARY KEY (envelope_id, fingerprint)',
          envelope,
          'CHECK (octet_length(fingerprint) = 32)',
          'CHECK (octet_length(grant_json) <= 16384)',
        ],
      }),
      createTable({
        schema,
        name: 'envelope_receipts',
        spec: tables.envelope_receipts,
        constraints: [
          envelope,
          'CHECK (octet_length(digest) = 32)',
          'CHECK (octet_length(receipt_json) <= 16384)',
        ],
      }),
      `CREATE INDEX idx_receipts_envelope_id
ON ${quoteIdentifier(schema)}.envelope_receipts (envelope_id)`,
    ]
  },
  down: (schema) => [
    `DROP TABLE ${quoteIdentifier(schema)}.envelope_receipts`,
    `DROP TABLE ${quoteIdentifier(schema)}.envelope_grants`,
  ],
}
