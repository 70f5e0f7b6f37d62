/** Misspelt, an option would be without effect, and an envelope without expiry. */
export function assertNoMore(unknown: object): void {
  const [name] = Object.keys(unknown)
  if (name) throw new TypeError(`no option ${name}`)
}
