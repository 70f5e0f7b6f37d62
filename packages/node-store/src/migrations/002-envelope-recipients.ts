import type { Migration } from '../db/migration'
import { createTable, quoteIdentifier, type TableSpecs } from '../db/table-spec'

const tables = {
  envelope_recipients: {
    envelope_id: ['uuid', 'NOT NULL'],
    position: ['integer', 'NOT NULL'],
    receiver_public_key_id: ['character varying(255)'],
    fingerprint: ['bytea', 'NOT NULL'],
    encrypted_key: ['text'],
  },
} as const satisfies TableSpecs

/**
 * Every recipient of an envelope. The primary one stands at position 0; its wrapped key is the
 * documented column `envelopes.encrypted_key` and so is null here.
 */
export const envelopeRecipients: Migration = {
  tables,
  up: (schema) => [
    createTable({
      schema,
      name: 'envelope_recipients',
      spec: tables.envelope_recipients,
      constraints: [
        'PRIMARY KEY (envelope_id, position)',
        'UNIQUE (envelope_id, fingerprint)',
        `FOREIGN KEY (envelope_id) REFERENCES ${quoteIdentifier(schema)}.envelopes (id) ON DELETE CASCADE`,
        'CHECK (position >= 0)',
        'CHECK (octet_length(fingerprint) = 32)',
        'CHECK ((encrypted_key IS NULL) = (position = 0))',
      ],
    }),
  ],
  down: (schema) => [`DROP TABLE ${quoteIdentifier(schema)}.envelope_recipients`],
}
