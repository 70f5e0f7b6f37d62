/**
 * Account keys: generations, slots that unlock them, and the signed manifests that say which. The format is spec/account.md.
 *
 * @packageDocumentation
 */
export {}
