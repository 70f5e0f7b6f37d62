// Goal 3: streams. Throughput beside other libraries that stream, memory for 1 GiB, chunks read for a range, Chromium.

import { spawnSync } from 'node:child_process'
import { createCipheriv, createDecipheriv, createHash, randomFillSync } from 'node:crypto'
import { generateIdentity, openStream, sealStream } from '@zkeb/core'
import * as age from 'age-encryption'
import { measureInChromium } from './chromium.mjs'
import { formatNumber, interleave, median } from './harness.mjs'

const MIB = 2 ** 20
const PIECE_BYTES = 64 * 1024
const CHUNK_BYTES = 16 * 1024
const AES = 'aes-256-gcm'
const KEY = new Uint8Array(32)
const IV = new Uint8Array(12)
/** Megabytes a second, as disks and networks count them. */
const MB = 1e6

/** @param {{ quick: boolean, log: (line: string) => void }} options */
export async function run({ quick, log }) {
  const size = (quick ? 16 : 128) * MIB
  const runs = quick ? 3 : 9
  const peers = await createPeers()
  log(`stream: ${size / MIB} MiB, ${runs} repetitions of ${peers.length} peers`)
  const piece = randomFillSync(new Uint8Array(PIECE_BYTES))
  const prepare = () => ({ piece, size })
  const times = await interleave(peers, { runs, warmUp: 1, collect: true, prepare })
  const rate = (values) => size / MB / (median(values) / 1000)
  const largeMiB = quick ? 64 : 1024
  log(`stream: ${largeMiB} MiB through files, in a process of its own`)
  const large = measureLarge(largeMiB)
  log('stream: Chromium')
  const chromium = await measureInChromium({ mebibytes: quick ? 16 : 64, runs: quick ? 2 : 5 })
  const rates = [
    ...Object.entries(times).map(([name, { seal, open }]) => [name, rate(seal), rate(open)]),
    ...(chromium ? [['zkeb in Chromium', chromium.seal, chromium.open]] : []),
  ]
  const slowest = (name) => {
    const row = rates.find(([peer]) => peer === name)
    return row ? Math.min(row[1], row[2]) : null
  }
  return {
    tables: [
      {
        title: `stream: ${size / MIB} MiB in pieces of 64 KiB, MB/s`,
        header: ['peer', 'seal', 'open'],
        rows: rates.map(([name, seal, open]) => [name, formatNumber(seal), formatNumber(open)]),
      },
      {
        title: `stream: ${largeMiB} MiB from file to file`,
        header: ['what', 'value', 'unit'],
        rows: [
          ['peak memory above the base', formatNumber(large.peakMiB), 'MiB'],
          ['chunks read for a range of 64 KiB', large.rangeChunks, ''],
        ],
      },
    ],
    results: rates.flatMap(([name, seal, open]) => [
      { name: `${name}: seal stream`, size, megabytesPerSecond: seal, runs },
      { name: `${name}: open stream`, size, megabytesPerSecond: open, runs },
    ]),
    goals: [
      goal('3-node', 'streams on Node, the slower of seal and open', '≥ 400 MB/s', {
        value: slowest('zkeb'),
        met: slowest('zkeb') >= 400,
      }),
      goal('3-chromium', 'streams in Chromium, the slower of both', '≥ 150 MB/s', {
        value: slowest('zkeb in Chromium'),
        met: chromium ? slowest('zkeb in Chromium') >= 150 : null,
      }),
      goal('3-memory', `${largeMiB} MiB: memory above the base`, '≤ 64 MiB', {
        value: large.peakMiB,
        met: large.peakMiB <= 64,
      }),
      goal('3-range', `64 KiB out of ${largeMiB} MiB: chunks read`, '≤ 6', {
        value: large.rangeChunks,
        met: large.rangeChunks <= 6,
      }),
    ],
  }
}

function goal(id, text, target, { value, met }) {
  return { id, text, target, value, met }
}

/** Both steps see the content go by; what seal returns is what open reads. */
async function createPeers() {
  const [alice, bob] = await Promise.all([
    generateIdentity({ suite: 'x25519' }),
    generateIdentity({ suite: 'x25519' }),
  ])
  const ageIdentity = await age.generateX25519Identity()
  const encrypter = new age.Encrypter()
  encrypter.addRecipient(await age.identityToRecipient(ageIdentity))
  const decrypter = new age.Decrypter()
  decrypter.addIdentity(ageIdentity)
  return [
    {
      name: 'zkeb',
      steps: {
        seal: (input) =>
          collect(source(input).pipeThrough(sealStream({ to: bob.public, from: alice }))),
        open: (sealed) =>
          drain(fromPieces(sealed).pipeThrough(openStream({ as: bob, from: alice.public }))),
      },
    },
    {
      name: 'limit: node:crypto, chunks of 16 KiB',
      steps: limit,
    },
    {
      name: 'age',
      steps: {
        seal: async (input) => collect(await encrypter.encrypt(source(input))),
        open: async (sealed) => drain(await decrypter.decrypt(fromPieces(sealed))),
      },
    },
  ]
}

/** AES-256-GCM and SHA-256 of the ciphertext, a chunk after the other, into nothing. */
const limit = {
  seal({ piece, size }) {
    const chunk = piece.subarray(0, CHUNK_BYTES)
    let last
    for (let done = 0; done < size; done += chunk.length) {
      const cipher = createCipheriv(AES, KEY, IV, { authTagLength: 16 })
      last = { ciphertext: cipher.update(chunk) }
      cipher.final()
      last.tag = cipher.getAuthTag()
      createHash('sha256').update(last.ciphertext).digest()
    }
    return { ...last, size }
  },
  open({ ciphertext, tag, size }) {
    for (let done = 0; done < size; done += ciphertext.length) {
      createHash('sha256').update(ciphertext).digest()
      const decipher = createDecipheriv(AES, KEY, IV, { authTagLength: 16 })
      decipher.setAuthTag(tag)
      decipher.update(ciphertext)
      decipher.final()
    }
  },
}

function source({ piece, size }) {
  let left = size
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close()
      left -= piece.length
      controller.enqueue(piece.slice())
    },
  })
}

async function collect(stream) {
  const pieces = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}

function fromPieces(pieces) {
  const rest = pieces.values()
  return new ReadableStream({
    pull(controller) {
      const { value, done } = rest.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

async function drain(stream) {
  for await (const _ of stream);
}

function measureLarge(mebibytes) {
  const script = new URL('stream-large.mjs', import.meta.url).pathname
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, String(mebibytes)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`stream-large failed: ${stderr}`)
  return JSON.parse(stdout)
}
