import { unshare } from '../bytes'
import { ZkebError } from '../errors'
import { keysOfSuite } from '../suites/keys'
import { type Both, forBoth } from '../suites/suite'
import type { Identity, PublicIdentity } from './identity'
import { encodeLine, type LineKind } from './line'
import { encodePem } from './pem'

/** An identity's keys in each form: one line for both, or one text or JWK for each. */
export interface KeyForms {
  /** One line, for an environment variable. */
  readonly line: string
  /** RFC 7468: PKCS#8 or SPKI. */
  readonly pem: Both<string>
  /** RFC 7517. */
  readonly jwk: Both<JsonWebKey>
}

/**
 * Writes an identity's private keys: as one line (default), as two PKCS#8 PEM texts, or as two JWKs. Throws `KEY` for an
 * identity that was not made or imported with `extractable: true`. spec/envelope.md §9.
 */
export async function exportIdentity<Form extends keyof KeyForms = 'line'>(
  { suite, keyPairs }: Identity,
  form?: Form,
): Promise<KeyForms[Form]> {
  if (!keyPairs.encryption.privateKey.extractable || !keyPairs.signing.privateKey.extractable) {
    throw new ZkebError('KEY', 'the private keys of this identity are not extractable', {
      hint: 'make or import it with { extractable: true }',
    })
  }
  const { exportDer, exportJwk } = keysOfSuite(suite)
  return write(form, {
    suite,
    kind: 'secret',
    ders: () => forBoth((purpose) => exportDer(keyPairs[purpose].privateKey)),
    jwks: () => forBoth((purpose) => exportJwk(keyPairs[purpose].privateKey)),
  })
}

/**
 * Writes an identity's public keys: as one line (default), as two SPKI PEM texts, or as two JWKs. The DER bytes are
 * on the identity itself, as `encryption.spki` and `signing.spki`. spec/envelope.md §9.
 */
export async function exportPublicIdentity<Form extends keyof KeyForms = 'line'>(
  identity: PublicIdentity,
  form?: Form,
): Promise<KeyForms[Form]> {
  const { importPublic, exportJwk } = keysOfSuite(identity.suite)
  return write(form, {
    suite: identity.suite,
    kind: 'public',
    ders: () => forBoth(async (purpose) => identity[purpose].spki),
    jwks: () =>
      forBoth(async (purpose) => {
        const material = { format: 'spki', bytes: unshare(identity[purpose].spki) } as const
        return exportJwk((await importPublic(purpose, material)).handle)
      }),
  })
}

interface Source {
  readonly suite: Identity['suite']
  readonly kind: LineKind
  readonly ders: () => Promise<Both<Uint8Array>>
  readonly jwks: () => Promise<KeyForms['jwk']>
}

async function write<Form extends keyof KeyForms>(
  form: Form | undefined,
  { suite, kind, ders, jwks }: Source,
): Promise<KeyForms[Form]> {
  const writers: { readonly [F in keyof KeyForms]: () => Promise<KeyForms[F]> } = {
    line: async () => encodeLine(suite, await ders(), kind),
    pem: async () => {
      const label = kind === 'secret' ? 'PRIVATE KEY' : 'PUBLIC KEY'
      const { encryption, signing } = await ders()
      return { encryption: encodePem(encryption, label), signing: encodePem(signing, label) }
    },
    jwk: jwks,
  }
  const name = form ?? ('line' as Form)
  if (!Object.hasOwn(writers, name)) throw new TypeError("form: 'line', 'pem' or 'jwk'")
  return writers[name]()
}
