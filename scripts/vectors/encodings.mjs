/** The encodings of spec/envelope.md §1, and fingerprints. */
import { jcs, pae } from './by-hand.mjs'
import { people } from './envelopes.mjs'
import { hex } from './features.mjs'

const JCS_TEXTS = [
  '{"b":1,"a":[true,false,null]}',
  ' { "ö" : 1 , "€" : 2 , "\\r" : 3 , "1" : 4 , "\\ud83d\\ude00" : 5 , "\\ufb33" : 6 } ',
  '{"a":"\\u0041\\u000a\\u0001\\/\\"\\\\\\u2028"}',
  '[9007199254740991,-9007199254740991,0,-1]',
  '""',
  'null',
  '{"__proto__":1,"":{"":[]}}',
  `${'['.repeat(32)}${']'.repeat(32)}`,
  `${'{"a":'.repeat(31)}[1]${'}'.repeat(31)}`,
]
const JCS_REFUSED = [
  '{"a":1,"a":1}',
  '{"a":1,"\\u0061":1}',
  '1.0',
  '1e3',
  '-0',
  '9007199254740992',
  '01',
  '[0.5]',
  '"\\u0000"',
  '{"\\u0000":1}',
  '"\\ud800"',
  `${'['.repeat(33)}${']'.repeat(33)}`,
  '{"a":1,}',
  '',
  `${'{"a":'.repeat(32)}[1]${'}'.repeat(32)}`,
]
export const paeVectors = () => ({
  description: 'PAE of pieces (spec/envelope.md §1); all bytes are hexadecimal.',
  cases: [
    [],
    [''],
    ['', ''],
    ['00'],
    ['50617261676f6e'],
    ['01', '0203'],
    ['0102', '03'],
    ['00'.repeat(256)],
  ].map((pieces) => ({ pieces, pae: hex(pae(pieces.map((piece) => Buffer.from(piece, 'hex')))) })),
})

export const jcsVectors = () => ({
  description:
    'JSON texts and their canonical form (spec/envelope.md §1), and texts that must be refused.',
  cases: JCS_TEXTS.map((text) => ({ text, jcs: hex(Buffer.from(jcs(JSON.parse(text)))) })),
  refused: JCS_REFUSED,
})

export const fingerprintVectors = () => ({
  description:
    'SPKI of both keys (Base64) and the fingerprints of keys and identity (spec/envelope.md §2).',
  cases: ['alice', 'bob', 'large'].map((name) => {
    const { encryption, signing, fingerprint } = people[name]
    return {
      encryptionSpki: encryption.spki.toString('base64'),
      signingSpki: signing.spki.toString('base64'),
      encryptionFingerprint: hex(encryption.fingerprint),
      signingFingerprint: hex(signing.fingerprint),
      fingerprint: hex(fingerprint),
    }
  }),
})
