/** A sealed stream taken apart, and put together again by people who should not. */
import type { Identity } from '@zkeb/core'
import { type ChunkCipher, committedCipher } from '../../packages/core/src/content/chunk-cipher'
import { headerDigest } from '../../packages/core/src/envelope/header'
import { openKey } from '../../packages/core/src/envelope/open'
import { PieceReader } from '../../packages/core/src/stream/piece-reader'
import { readHead } from '../../packages/core/src/stream/stream-head'
import { readableOf } from './streams'

const SEALED_CHUNK = 16_400

export interface Parts {
  /** Everything up to the commitment. */
  readonly head: Uint8Array
  readonly headSignature: Uint8Array
  /** Where the head signature begins. */
  readonly signatureAt: number
  readonly chunks: readonly Uint8Array[]
  readonly trailer: Uint8Array
}

export async function takeApart(sealed: Uint8Array): Promise<Parts> {
  const { head, bytes } = await headOf(sealed)
  const trailerAt = sealed.length - head.signature.length
  const chunks: Uint8Array[] = []
  for (let i = bytes; i < trailerAt; i += SEALED_CHUNK) {
    chunks.push(sealed.slice(i, Math.min(i + SEALED_CHUNK, trailerAt)))
  }
  return {
    head: sealed.slice(0, bytes),
    headSignature: head.signature,
    signatureAt: bytes - 56 - head.signature.length,
    chunks,
    trailer: sealed.slice(trailerAt),
  }
}

export function putTogether({ head, chunks, trailer }: Parts): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([head, ...chunks, trailer]))
}

/** What every recipient has: the cipher of the content. */
export async function cipherOf(
  sealed: Uint8Array,
  { as, from }: { readonly as: Identity; readonly from: Identity },
): Promise<ChunkCipher> {
  const { head, contentHead } = await headOf(sealed)
  const sender = from.public
  const context = { sender: sender.signing.fingerprint, associatedData: undefined }
  const h = await headerDigest(head, context)
  const inputKey = await openKey(head, { as, sender })
  return committedCipher({ inputKey, context: h }, contentHead)
}

/** A recipient writes other content of its own under the head: chunk by chunk, tags and all. */
export async function replaceContent(
  sealed: Uint8Array,
  plaintext: Uint8Array<ArrayBuffer>,
  parties: { readonly as: Identity; readonly from: Identity },
): Promise<Uint8Array<ArrayBuffer>> {
  const cipher = await cipherOf(sealed, parties)
  const parts = await takeApart(sealed)
  const chunks: Uint8Array[] = []
  for (let i = 0; i * 16_384 <= plaintext.length; i++) {
    const chunk = plaintext.slice(i * 16_384, (i + 1) * 16_384)
    const out = new Uint8Array(chunk.length + 16)
    await cipher.seal({ first: i, plaintext: chunk, sealed: out })
    chunks.push(out)
  }
  return putTogether({ ...parts, chunks })
}

async function headOf(sealed: Uint8Array) {
  const reader = readableOf(sealed) as unknown as AsyncIterable<Uint8Array>
  return readHead(new PieceReader(reader))
}
