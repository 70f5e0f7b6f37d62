/**
 * SLIP-39 as far as its vectors need it, written from the document, with the interpolation of raw Shamir. Not a feature: it
 * shows that our field and our interpolation are those of others.
 */
import { createHmac, pbkdf2Sync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { interpolate, type Point } from '../../packages/core/src/raw-shamir/polynomial'

const WORD_BITS = 10
const HEADER_WORDS = 4
const CHECKSUM_WORDS = 3
/** 128 bits of share. */
const MIN_WORDS = 20
const DIGEST_X = 254
const SECRET_X = 255
const DIGEST_BYTES = 4
const ROUNDS = [3, 2, 1, 0]
const BASE_ITERATIONS = 2500
const GENERATOR = [
  0xe0e040, 0x1c1c080, 0x3838100, 0x7070200, 0xe0e0009, 0x1c0c2412, 0x38086c24, 0x3090fc48,
  0x21b1f890, 0x3f3f120,
]

/** Why mnemonics are refused here; what raw Shamir refuses itself is its own RangeError. */
export class Slip39Error extends Error {}

/** Member x in its group, group x in the set: `member` and `group`. */
interface Mnemonic {
  /** id, extendable flag and iteration exponent, group threshold and count: the same for all of a set. */
  readonly common: string
  readonly id: number
  readonly extendable: boolean
  readonly iterationExponent: number
  readonly group: number
  readonly groupThreshold: number
  readonly member: number
  readonly memberThreshold: number
  readonly value: Uint8Array<ArrayBuffer>
}

/** The master secret. Throws {@link Slip39Error}, and RangeError where an x comes twice. */
export function recoverMaster(mnemonics: readonly string[], passphrase: string): Uint8Array {
  const shares = mnemonics.map(decode)
  const [first] = shares
  if (!first || shares.some(({ common }) => common !== first.common)) refuse('of several sets')
  const groups = [...new Set(shares.map(({ group }) => group))]
  if (groups.length < first.groupThreshold) refuse('too few groups')
  const points = groups.map((x) => {
    const members = shares.filter(({ group }) => group === x)
    const [{ memberThreshold: threshold } = first] = members
    if (members.some((one) => one.memberThreshold !== threshold)) refuse('member thresholds')
    const points = members.map(({ member, value }) => ({ x: member, y: value }))
    return { x, y: recover(points, threshold) }
  })
  return decrypt(recover(points, first.groupThreshold), first, passphrase)
}

function recover(points: readonly Point[], threshold: number) {
  if (points.length < threshold) refuse('too few members')
  const [only] = points
  if (threshold === 1 && only) return only.y
  const secret = interpolate(points, SECRET_X)
  const digest = interpolate(points, DIGEST_X)
  const mac = createHmac('sha256', digest.subarray(DIGEST_BYTES)).update(secret).digest()
  const expected = digest.subarray(0, DIGEST_BYTES)
  if (Buffer.compare(mac.subarray(0, DIGEST_BYTES), expected) !== 0) refuse('digest')
  return secret
}

function decode(mnemonic: string): Mnemonic {
  const words = mnemonic.split(' ').map((word) => WORDS.indexOf(word))
  if (words.includes(-1)) refuse('a word')
  if (words.length < MIN_WORDS) refuse('length')
  const valueBits = WORD_BITS * (words.length - HEADER_WORDS - CHECKSUM_WORDS)
  const paddingBits = valueBits % 16
  if (paddingBits > 8) refuse('length')
  const bits = words.map((word) => word.toString(2).padStart(WORD_BITS, '0')).join('')
  const number = (from: number, length: number) =>
    Number.parseInt(bits.slice(from, from + length), 2)
  const extendable = number(15, 1) === 1
  const customization = extendable ? 'shamir_extendable' : 'shamir'
  if (checksum([...Buffer.from(customization), ...words]) !== 1) refuse('checksum')
  const headerBits = WORD_BITS * HEADER_WORDS
  if (bits.slice(headerBits, headerBits + paddingBits).includes('1')) refuse('padding')
  const [groupThreshold, groupCount] = [number(24, 4) + 1, number(28, 4) + 1]
  if (groupThreshold > groupCount) refuse('group threshold')
  const valueStart = headerBits + paddingBits
  const valueBytes = (valueBits - paddingBits) / 8
  return {
    common: bits.slice(0, 20) + bits.slice(24, 32),
    id: number(0, 15),
    extendable,
    iterationExponent: number(16, 4),
    group: number(20, 4),
    groupThreshold,
    member: number(32, 4),
    memberThreshold: number(36, 4) + 1,
    value: Uint8Array.from({ length: valueBytes }, (_, i) => number(valueStart + 8 * i, 8)),
  }
}

/** RS1024. */
function checksum(values: readonly number[]): number {
  return values.reduce((sum, value) => {
    const shifted = ((sum & 0xfffff) << WORD_BITS) ^ value
    return GENERATOR.reduce((all, one, i) => ((sum >> (20 + i)) & 1 ? all ^ one : all), shifted)
  }, 1)
}

/** Four Feistel rounds backwards. */
function decrypt(encrypted: Uint8Array, share: Mnemonic, passphrase: string): Uint8Array {
  const { id, extendable, iterationExponent } = share
  const prefix = extendable ? [] : [...Buffer.from('shamir'), id >> 8, id & 0xff]
  const iterations = BASE_ITERATIONS << iterationExponent
  const half = encrypted.length / 2
  let left = encrypted.slice(0, half)
  let right = encrypted.slice(half)
  for (const round of ROUNDS) {
    const password = Buffer.from([round, ...Buffer.from(passphrase)])
    const salt = Buffer.from([...prefix, ...right])
    const mask = pbkdf2Sync(password, salt, iterations, half, 'sha256')
    ;[left, right] = [right, left.map((byte, i) => byte ^ (mask[i] as number))]
  }
  return Uint8Array.of(...right, ...left)
}

function refuse(reason: string): never {
  throw new Slip39Error(reason)
}

/** Read, not imported: that package adds methods to every array. */
const WORDS = readWords()

function readWords(): string[] {
  const path = createRequire(import.meta.url).resolve('slip39/src/slip39_helper.js')
  const [, list = ''] = /const WORD_LIST = \[(.*?)\]/s.exec(readFileSync(path, 'utf8')) ?? []
  const words = Array.from(list.matchAll(/"([a-z]+)"/g), ([, word]) => word as string)
  if (words.length !== 2 ** WORD_BITS) throw new Error('slip39: no list of 1024 words')
  return words
}
