/** 9999-12-31T23:59:59.999Z in Unix milliseconds: the last time that ISO 8601 writes with four digits. */
const MAX_TIME_MS = 253_402_300_799_999

/** §1: times are Unix milliseconds. */
export function isTime(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TIME_MS
}
