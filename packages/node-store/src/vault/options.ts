/**
 * A misspelt option would be ignored, and an envelope meant for an hour would live for ever.
 *
 * @throws TypeError that names the first option which is not in `known`
 */
export function assertOptions(options: object | undefined, known: readonly string[]): void {
  const unknown = Object.keys(options ?? {}).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new TypeError(`unknown option ${unknown}; there are: ${known.join(', ')}`)
}
