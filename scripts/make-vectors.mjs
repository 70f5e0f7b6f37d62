/**
 * Writes spec/vectors/*.json, all or those that are named, by hand, after a format changed: `node scripts/make-vectors.mjs [NAME…] [--rsa]`. With
 * node:crypto; of the built core only the shapes of envelopes. Every run gives the same, but that `--rsa` makes anew what is of suite rsa.
 */
import { write } from './vectors/features.mjs'

const envelopes = () => import('./vectors/envelopes.mjs')
const encodings = () => import('./vectors/encodings.mjs')
const MAKERS = {
  envelope: async () => (await envelopes()).envelopeVectors(),
  stream: async () => (await envelopes()).streamFile(),
  pae: async () => (await encodings()).paeVectors(),
  jcs: async () => (await encodings()).jcsVectors(),
  fingerprint: async () => (await encodings()).fingerprintVectors(),
  grant: async () => (await import('./vectors/grants.mjs')).grantVectors(),
  unsigned: async () => (await import('./vectors/unsigned.mjs')).unsignedVectors(),
  passphrase: async () => (await import('./vectors/passphrases.mjs')).passphraseVectors(),
  key: async () => (await import('./vectors/keys.mjs')).keyVectors(),
  armor: async () => (await import('./vectors/armor.mjs')).armorVectors(),
  'raw-shamir': async () => (await import('./vectors/raw-shamir.mjs')).rawShamirVectors(),
  recovery: async () => (await import('./vectors/recovery.mjs')).recoveryVectors(),
  account: async () => (await import('./vectors/accounts.mjs')).accountVectors(),
  manifest: async () => (await import('./vectors/chains.mjs')).manifestVectors(),
  backup: async () => (await import('./vectors/backup.mjs')).backupVectors(),
  sync: async () => (await import('./vectors/sync.mjs')).syncVectors(),
}

const named = process.argv.slice(2).filter((it) => !it.startsWith('-'))
const unknown = named.find((name) => !(name in MAKERS))
if (unknown) throw new RangeError(`${unknown}: none of ${Object.keys(MAKERS).join(', ')}`)
for (const name of named.length > 0 ? named : Object.keys(MAKERS)) write(name, await MAKERS[name]())
