// In a process of its own: seals and opens N MiB from file to file, then opens a range. Prints the peak of memory above
// the base, and how many chunks the range read.

import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { generateIdentity, openRange, openStream, sealStream } from '@zkeb/core'

const MIB = 2 ** 20
const KIB = 2 ** 10
const SEALED_CHUNK_BYTES = 16 * KIB + 16

const size = Number(process.argv[2]) * MIB
const folder = await mkdtemp(join(tmpdir(), 'zkeb-bench-'))
const file = join(folder, 'sealed')
try {
  const make = () => generateIdentity({ suite: 'x25519' })
  const [alice, bob] = [await make(), await make()]
  const parties = { as: bob, from: alice.public }
  await seal(alice, bob, MIB) // compiled, and every module loaded: that is the base
  await pipeline(createReadStream(file), Duplex.fromWeb(openStream(parties)), drain)
  const base = process.resourceUsage().maxRSS
  await seal(alice, bob, size)
  await pipeline(createReadStream(file), Duplex.fromWeb(openStream(parties)), drain)
  const peakMiB = (process.resourceUsage().maxRSS - base) / KIB
  console.log(JSON.stringify({ peakMiB, rangeChunks: await countRange(parties) }))
} finally {
  await rm(folder, { recursive: true })
}

function seal(from, to, bytes) {
  const piece = new Uint8Array(64 * KIB)
  const pieces = function* () {
    for (let done = 0; done < bytes; done += piece.length) yield piece
  }
  const sealing = Duplex.fromWeb(sealStream({ to: to.public, from }))
  return pipeline(Readable.from(pieces()), sealing, createWriteStream(file))
}

async function drain(stream) {
  for await (const _ of stream);
}

/** Reads of at least a chunk are counted by the chunks they touch; the head and the trailer are no chunks. */
async function countRange(parties) {
  const handle = await open(file)
  try {
    const fileSize = (await handle.stat()).size
    let chunks = 0
    const source = {
      size: fileSize,
      async read(offset, length) {
        if (offset > 16 * KIB) chunks += Math.ceil(length / SEALED_CHUNK_BYTES)
        const buffer = new Uint8Array(length)
        await handle.read(buffer, 0, length, offset)
        return buffer
      },
    }
    const start = Math.floor(size / 2) + 5
    const { stream } = await openRange(source, { ...parties, start, end: start + 64 * KIB })
    await drain(stream)
    return chunks
  } finally {
    await handle.close()
  }
}
