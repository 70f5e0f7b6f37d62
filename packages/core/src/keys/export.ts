import { unshare } from '../bytes'
import { toBase64 } from '../encoding/base64'
import { ZkebError } from '../errors'
import { keysOfSuite } from '../suites/keys'
import type { Purpose } from '../suites/suite'
import type { Identity, PublicIdentity } from './identity'
import { LINE_PREFIX, type LineKind } from './line'
import { encodePem, type PemLabel } from './pem'

type Format = 'line' | 'pem' | 'jwk'

/** The two keys of an identity, each in the form asked for. */
export interface ExportedKeys<Form> {
  readonly encryption: Form
  readonly signing: Form
}

/**
 * Writes an identity's private keys: as one line for an environment variable (default), as two PKCS#8 PEM texts,
 * or as two JWKs. Throws `KEY` for an identity that was not made or imported with `extractable: true`.
 * spec/envelope.md §9.
 */
export async function exportIdentity(identity: Identity): Promise<string>
export async function exportIdentity(
  identity: Identity,
  format: 'pem',
): Promise<ExportedKeys<string>>
export async function exportIdentity(
  identity: Identity,
  format: 'jwk',
): Promise<ExportedKeys<JsonWebKey>>
export async function exportIdentity(
  { suite, keyPairs: { encryption, signing } }: Identity,
  format: Format = 'line',
): Promise<string | ExportedKeys<string> | ExportedKeys<JsonWebKey>> {
  const handles = { encryption: encryption.privateKey, signing: signing.privateKey }
  if (!handles.encryption.extractable || !handles.signing.extractable) {
    throw new ZkebError('KEY', 'the private keys of this identity are not extractable', {
      hint: 'make or import it with { extractable: true }',
    })
  }
  const { exportDer, exportJwk } = keysOfSuite(suite)
  if (format === 'jwk') {
    return {
      encryption: await exportJwk(handles.encryption),
      signing: await exportJwk(handles.signing),
    }
  }
  const ders = {
    encryption: await exportDer(handles.encryption),
    signing: await exportDer(handles.signing),
  }
  return format === 'pem' ? toPem(ders, 'PRIVATE KEY') : toLine(suite, ders, 'secret')
}

/**
 * Writes an identity's public keys: as one line (default), as two SPKI PEM texts, or as two JWKs. The DER bytes are
 * on the identity itself, as `encryption.spki` and `signing.spki`. spec/envelope.md §9.
 */
export async function exportPublicIdentity(identity: PublicIdentity): Promise<string>
export async function exportPublicIdentity(
  identity: PublicIdentity,
  format: 'pem',
): Promise<ExportedKeys<string>>
export async function exportPublicIdentity(
  identity: PublicIdentity,
  format: 'jwk',
): Promise<ExportedKeys<JsonWebKey>>
export async function exportPublicIdentity(
  { suite, encryption, signing }: PublicIdentity,
  format: Format = 'line',
): Promise<string | ExportedKeys<string> | ExportedKeys<JsonWebKey>> {
  const ders = { encryption: encryption.spki, signing: signing.spki }
  if (format === 'pem') return toPem(ders, 'PUBLIC KEY')
  if (format === 'line') return toLine(suite, ders, 'public')
  const { importPublic, exportJwk } = keysOfSuite(suite)
  const toJwk = async (purpose: Purpose) => {
    const material = { format: 'spki', bytes: unshare(ders[purpose]) } as const
    return exportJwk((await importPublic(purpose, material)).handle)
  }
  return { encryption: await toJwk('encryption'), signing: await toJwk('signing') }
}

function toPem(ders: ExportedKeys<Uint8Array>, label: PemLabel): ExportedKeys<string> {
  return { encryption: encodePem(ders.encryption, label), signing: encodePem(ders.signing, label) }
}

function toLine(suite: string, ders: ExportedKeys<Uint8Array>, kind: LineKind): string {
  return [LINE_PREFIX[kind], suite, toBase64Url(ders.encryption), toBase64Url(ders.signing)].join(
    ':',
  )
}

function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
