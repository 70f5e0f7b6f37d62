/**
 * Backups under an account key: sealed, padded, streamed, named by hashes. The format is spec/backup.md.
 *
 * @packageDocumentation
 */
export {}
