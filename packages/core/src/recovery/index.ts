/**
 * Recovery shares that prove themselves, kits to print, and how guardians give them back. The format is spec/recovery.md.
 *
 * @packageDocumentation
 */
export {}
