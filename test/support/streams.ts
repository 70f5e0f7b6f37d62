/** Streams from end to end: bytes in pieces of any size through a transform, and back to bytes. */
import { type Identity, type SealStreamOptions, type SuiteName, sealStream } from '@zkeb/core'
import { people, peopleOf } from './identities'

type Transform = TransformStream<Uint8Array, Uint8Array>
type Pieces = Uint8Array | readonly Uint8Array[]

export interface Cast {
  readonly alice: Identity
  readonly bob: Identity
  readonly carol: Identity
  readonly mallory: Identity
}

/** Every suite that streams are tested with: a line for each. */
export const PAIRS: readonly (readonly [string, Cast])[] = [
  ['rsa', await people('alice', 'bob', 'carol', 'mallory')],
  ['x25519', await cast('x25519')],
  ['pq', await cast('pq')],
]

/** Suites over HPKE have no Mallory of their own. */
async function cast(suite: SuiteName): Promise<Cast> {
  const { dave: mallory, ...others } = await peopleOf(suite)
  return { ...others, mallory }
}

/** What comes out where the pieces go in. */
export async function flow(pieces: Pieces, through: Transform): Promise<Uint8Array<ArrayBuffer>> {
  return read(readableOf(pieces).pipeThrough(through))
}

/** The same, and what came of it: the error beside what had come out before. */
export function flowUntilError(pieces: Pieces, through: Transform) {
  return readUntilError(readableOf(pieces).pipeThrough(through))
}

export async function readUntilError(stream: ReadableStream<Uint8Array>) {
  const out: Uint8Array[] = []
  try {
    for await (const piece of iterate(stream)) out.push(piece)
    return { bytes: join(out), error: undefined }
  } catch (error) {
    return { bytes: join(out), error: error as unknown }
  }
}

export async function read(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const out: Uint8Array[] = []
  for await (const piece of iterate(stream)) out.push(piece)
  return join(out)
}

export function sealBytes(plaintext: Pieces, options: SealStreamOptions) {
  return flow(plaintext, sealStream(options))
}

export function readableOf(pieces: Pieces): ReadableStream<Uint8Array> {
  const queue = pieces instanceof Uint8Array ? [pieces] : [...pieces]
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = queue.shift()
      if (piece) controller.enqueue(piece)
      else controller.close()
    },
  })
}

/** The pieces between these places. */
export function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, i) => bytes.subarray(Math.min(places[i] ?? 0, end), end))
}

/** Browsers' streams are not all iterable. */
export async function* iterate(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    out.set(piece, offset)
    offset += piece.length
  }
  return out
}
