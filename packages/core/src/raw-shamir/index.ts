/**
 * Shamir secret sharing of bytes, without any protection of the shares. Most want `@zkeb/core/recovery`.
 *
 * @packageDocumentation
 */
export { combineBytes } from './combine'
export type { SplitOptions } from './polynomial'
export { splitBytes } from './split'
