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
 * identity that was not made or imported with `extractable: true`, and of suite `pq` for all but the line; a TypeError
 * for a public identity. spec/envelope.md §9.
 */
export async function exportIdentity<Form extends keyof KeyForms = 'line'>(
  identity: Identity,
  form?: Form,
): Promise<KeyForms[Form]> {
  const { suite, keyPairs } = identity ?? {}
  if (!keyPairs) {
    throw new TypeError('identity: one with its private keys; public ones: exportPublicIdentity()')
  }
  if (!keyPairs.encryption.privateKey.extractable || !keyPairs.signing.privateKey.extractable) {
    throw new ZkebError('KEY', 'the private keys of this identity are not extractable', {
      hint: 'make or import it with { extractable: true }',
    })
  }
  const { exportPrivate, exportJwk } = await keysOfSuite(suite)
  return write(form, {
    suite,
    kind: 'secret',
    encoded: () => forBoth((purpose) => exportPrivate(purpose, keyPairs[purpose].privateKey)),
    jwks: () => forBoth((purpose) => exportJwk(purpose, keyPairs[purpose].privateKey)),
  })
}

/**
 * Writes an identity's public keys: as one line (default), as two SPKI PEM texts, or as two JWKs. The bare bytes are
 * on the identity itself, as `encryption.encoded` and `signing.encoded`. Throws `KEY` for suite `pq` and any form but the
 * line; a TypeError for an identity with private keys. spec/envelope.md §9.
 */
export async function exportPublicIdentity<Form extends keyof KeyForms = 'line'>(
  identity: PublicIdentity,
  form?: Form,
): Promise<KeyForms[Form]> {
  if (!identity?.encryption?.encoded || !identity.signing?.encoded) {
    throw new TypeError('identity: a public identity, i.e. identity.public')
  }
  const { importPublic, exportJwk } = await keysOfSuite(identity.suite)
  return write(form, {
    suite: identity.suite,
    kind: 'public',
    encoded: () => forBoth(async (purpose) => identity[purpose].encoded),
    jwks: () =>
      forBoth(async (purpose) => {
        const material = { format: 'encoded', bytes: unshare(identity[purpose].encoded) } as const
        return exportJwk(purpose, (await importPublic(purpose, material)).handle)
      }),
  })
}

interface Source {
  readonly suite: Identity['suite']
  readonly kind: LineKind
  readonly encoded: () => Promise<Both<Uint8Array>>
  readonly jwks: () => Promise<KeyForms['jwk']>
}

async function write<Form extends keyof KeyForms>(
  form: Form | undefined,
  { suite, kind, encoded, jwks }: Source,
): Promise<KeyForms[Form]> {
  const writers: { readonly [F in keyof KeyForms]: () => Promise<KeyForms[F]> } = {
    line: async () => encodeLine(suite, await encoded(), kind),
    pem: async () => {
      if (!(await keysOfSuite(suite)).interchangeable) throw onlyAsLine()
      const label = kind === 'secret' ? 'PRIVATE KEY' : 'PUBLIC KEY'
      const { encryption, signing } = await encoded()
      return { encryption: encodePem(encryption, label), signing: encodePem(signing, label) }
    },
    jwk: jwks,
  }
  const name = form ?? ('line' as Form)
  if (!Object.hasOwn(writers, name)) throw new TypeError("form: 'line', 'pem' or 'jwk'")
  return writers[name]()
}

function onlyAsLine(): ZkebError {
  return new ZkebError('KEY', 'keys of this suite have no PEM', {
    hint: 'leave the form out: they travel as one line',
  })
}
