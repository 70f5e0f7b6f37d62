/** Limits of raw Shamir shares. Section numbers are those of spec/raw-shamir.md. */

/** §2: the number of shares, which is also the highest x, and the lowest threshold. */
export const MAX_RAW_SHARES = 255
export const MIN_RAW_THRESHOLD = 2
/** §2: 1 MiB. */
export const MAX_RAW_SECRET_BYTES = 0x10_0000
