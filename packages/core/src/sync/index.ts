/**
 * Which of two versions is newer: vector clocks and Lamport time. The format is spec/sync.md.
 *
 * @packageDocumentation
 */
export {}
