import { isPassphraseLabel } from '../encoding/key-id'

/**
 * Throws a RangeError that names `to` where one of an envelope's labels, or all together, are such that no passphrase would
 * be tried (spec/passphrase.md §2): what is sealed must open. What reads them is loaded only where there are some.
 */
export async function assertPassphraseLabels(
  labels: readonly (string | undefined)[],
): Promise<void> {
  if (!labels.some(isPassphraseLabel)) return
  const { readKdfs } = await import('./passphrase-kdf')
  try {
    readKdfs(labels)
  } catch (error) {
    throw new RangeError(`to: ${(error as Error).message}`)
  }
}
