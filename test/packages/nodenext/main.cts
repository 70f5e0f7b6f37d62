// The same from CommonJS: the types of the `require` condition.
import browser = require('@zkeb/browser')
import core = require('@zkeb/core')
import formats = require('@zkeb/core/formats')
import pure = require('@zkeb/core/pure')
import store = require('@zkeb/node-store')

export async function roundTrip(me: core.Identity): Promise<string> {
  const envelope = await browser.seal('x', { to: me.public, from: me })
  return (await core.open(envelope, { as: me, from: me.public })).text()
}

export const keys: Required<Omit<store.KeySource, 'current'>> = store.memoryKeys()

export async function readKey(pem: string, password: string): Promise<pure.Identity> {
  const encryption = await formats.decryptPrivateKey(pem, password)
  return pure.importIdentity({ encryption, signing: encryption })
}
