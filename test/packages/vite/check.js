// The bundle has nothing of Node in it, and does its work with the WebCrypto that Node has too.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('dist/assets/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.js'))
// node-forge, in the chunk of the pure platform alone, asks for Buffer where there is one.
for (const file of files.filter((file) => !file.startsWith('pure-'))) {
  const code = readFileSync(new URL(file, folder), 'utf8')
  const traces = code.match(/node:\w+|__vite-browser-external|createCipheriv|require\(|\bBuffer\b/g)
  assert.deepEqual(traces, null, `${file}: ${traces}`)
}
await import(
  new URL(
    files.find((file) => file.startsWith('index-')),
    folder,
  )
)
assert.deepEqual(await globalThis.roundTrip, { text: 'hello', pure: 'hello' })
