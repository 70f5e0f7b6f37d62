import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ZkebError } from '@zkeb/core'

/** Makes a folder that only its owner may enter; one that is there stays as it is. */
export async function ensureFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

/** The file's bytes, or undefined when there is none. */
export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/**
 * Writes a file that is not there yet, whole or not at all, and on disk before it returns. A file that
 * is there is left alone: keys are never overwritten.
 *
 * @throws KEY on a file system without hard links
 */
export async function writeOnce(
  path: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}.tmp`
  try {
    const file = await open(draft, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await publish(draft, path)
    await syncFolder(dirname(path))
  } finally {
    await rm(draft, { force: true })
  }
}

/** What `link` answers on a file system without hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

/**
 * A hard link appears at once and fails where a file is; rename would replace it, a copy appears in pieces.
 *
 * @throws KEY on a file system without hard links
 */
async function publish(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return
    if (!hasCode(error, ...NO_LINKS)) throw error
    throw new ZkebError('KEY', 'the file system of the key folder has no hard links', {
      hint: 'keep keys on one that has (ext4, XFS, APFS, NTFS), or give another key source',
    })
  }
}

/** Makes the new name survive a power cut. Windows cannot open folders and needs no such thing. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return codes.some((known) => known === code)
}
