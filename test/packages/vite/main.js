// A page; check.js awaits what it leaves behind.
import { generateIdentity, open, seal } from '@zkeb/browser'
import { backend } from '@zkeb/core'

async function roundTrip() {
  const me = await generateIdentity({ modulusLength: 2048 })
  const envelope = await seal('hello', { to: me.public, from: me })
  const opened = await open(envelope, { as: me, from: me.public })
  return { text: opened.text(), backend: backend().name }
}

globalThis.roundTrip = roundTrip()
