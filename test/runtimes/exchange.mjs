// Runs in every runtime. `exchange.mjs seal FILE` writes what this runtime seals, `exchange.mjs open FILE…` opens what
// others have sealed. Uses what every runtime has: the package as it is published, and node:fs.

import { readFileSync, writeFileSync } from 'node:fs'
import {
  encode,
  exportIdentity,
  exportPublicIdentity,
  generateIdentity,
  importIdentity,
  importPublicIdentity,
  open,
  openStream,
  seal,
  sealStream,
} from '@zkeb/core'

const SUITES = ['rsa', 'x25519', 'pq']
const CONTENT = new Uint8Array(40_000).map((_, i) => i % 251)
const associatedData = { order: 7, note: 'grüße 🔑' }

/** What becomes text on the way between runtimes: each shape written, and read. */
const SHAPES = {
  json: {
    write: async (parties) => JSON.stringify(await seal(CONTENT, parties)),
    read: async (text, parties) => (await open(text, parties)).bytes,
  },
  binary: {
    write: async (parties) => toBase64(encode(await seal(CONTENT, parties))),
    read: async (text, parties) => (await open(fromBase64(text), parties)).bytes,
  },
  stream: {
    write: async (parties) => toBase64(await pass(CONTENT, sealStream(parties))),
    read: (text, parties) => pass(fromBase64(text), openStream(parties)),
  },
}

const [command, ...files] = process.argv.slice(2)
if (command === 'seal') writeFileSync(files[0], JSON.stringify(await sealAll()))
else for (const file of files) await openAll(JSON.parse(readFileSync(file, 'utf8')))
console.log(`${command}: ok`)

async function sealAll() {
  const sealed = []
  for (const suite of SUITES) {
    const options = { suite, ...(suite === 'rsa' && { modulusLength: 2048 }), extractable: true }
    const [alice, bob] = [await generateIdentity(options), await generateIdentity(options)]
    const lines = { from: await exportPublicIdentity(alice.public), as: await exportIdentity(bob) }
    for (const [shape, { write }] of Object.entries(SHAPES)) {
      const text = await write({ to: bob.public, from: alice, associatedData })
      sealed.push({ suite, shape, ...lines, text })
    }
  }
  return sealed
}

async function openAll(sealed) {
  if (sealed.length !== SUITES.length * Object.keys(SHAPES).length)
    throw new Error('some are missing')
  for (const { suite, shape, from, as, text } of sealed) {
    const parties = { from: await importPublicIdentity(from), as: await importIdentity(as) }
    const bytes = await SHAPES[shape].read(text, { ...parties, associatedData })
    if (Buffer.compare(bytes, CONTENT) !== 0) throw new Error(`${suite} ${shape}: other bytes`)
  }
}

async function pass(bytes, transform) {
  const output = new Blob([bytes]).stream().pipeThrough(transform)
  return new Uint8Array(await new Response(output).arrayBuffer())
}

function toBase64(bytes) {
  return Buffer.from(bytes).toString('base64')
}

function fromBase64(text) {
  return new Uint8Array(Buffer.from(text, 'base64'))
}
