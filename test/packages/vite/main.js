// A page; check.js awaits what it leaves behind.
import { generateIdentity, open, seal } from '@zkeb/browser'
import { fromPkcs1 } from '@zkeb/core/formats'

async function roundTrip() {
  const me = await generateIdentity({ modulusLength: 2048 })
  const envelope = await seal('hello', { to: me.public, from: me })
  const opened = await open(envelope, { as: me, from: me.public })
  return { text: opened.text(), pure: await pureRoundTrip() }
}

// A chunk of its own; and its errors are those of the other copy, which reads key files.
async function pureRoundTrip() {
  const pure = await import('@zkeb/core/pure')
  const me = await pure.generateIdentity({ suite: 'x25519' })
  const envelope = await pure.seal('hello', { to: me.public, from: me })
  const opened = await pure.open(envelope, { as: me, from: me.public })
  try {
    fromPkcs1('no key')
  } catch (error) {
    return pure.isZkebError(error, 'KEY') && opened.text()
  }
}

globalThis.roundTrip = roundTrip()
