import { ZkebError } from '@zkeb/core'
import { type RawBuilder, sql } from 'kysely'
import { type CallOptions, inDatabase } from '../db/call'
import { type Database, moment, utcText } from '../db/schema'
import { table, type VaultContext } from './context'

/** A part of a list, newest first. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** For `after` of the next call; absent on the last page. Opaque text of at most 100 characters. */
  readonly next?: string
}

/** Every list takes these. */
export interface PageOptions extends CallOptions {
  /** At most this many items, 1 to 1000; default 100. */
  readonly limit?: number
  /** `next` of the page before. */
  readonly after?: string
}

/** The options of {@link PageOptions}, for `assertOptions`. */
export const PAGE_OPTIONS = [
  'limit',
  'after',
  'signal',
] as const satisfies readonly (keyof PageOptions)[]

/** What a list reads. */
interface PageQuery<Row, Item> {
  readonly from: keyof Database
  /** The select list, without `id`; the table is `t`. */
  readonly columns: RawBuilder<unknown>
  readonly where: readonly RawBuilder<unknown>[]
  /** The column that orders: an indexed time, not null. */
  readonly newestBy: 'created_at' | 'decrypted_at'
  readonly toItem: (row: Row & { readonly id: string }) => Item
}

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1000

/**
 * One page by keyset: it goes on behind the last row seen, so that rows which come in meanwhile neither
 * repeat nor hide others, and the thousandth page costs what the first does.
 *
 * @throws RangeError for a `limit` beyond bounds; FORMAT for an `after` that no page returned
 */
export async function readPage<Row, Item>(
  context: VaultContext,
  query: PageQuery<Row, Item>,
  { limit = DEFAULT_LIMIT, after, signal }: PageOptions,
): Promise<Page<Item>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new RangeError(`limit must be a whole number from 1 to ${MAX_LIMIT}`)
  }
  const last = after === undefined ? undefined : readCursor(after)
  // Qualified: the select list may hold a text of the same name, which has no index.
  const time = sql.ref(`t.${query.newestBy}`)
  const conditions = [...query.where]
  if (last !== undefined) {
    conditions.push(sql`(${time}, t.id) < (${moment(last.time)}, ${last.id}::text::uuid)`)
  }
  const where = conditions.length === 0 ? sql`` : sql`WHERE ${sql.join(conditions, sql` AND `)}`
  return inDatabase(signal, async () => {
    const { rows } = await sql<Row & Position>`
      SELECT t.id::text AS id, ${utcText(`t.${query.newestBy}`)} AS page_time, ${query.columns}
      FROM ${table(context, query.from)} AS t ${where}
      ORDER BY ${time} DESC, t.id DESC LIMIT ${limit + 1}::int`.execute(context.db)
    const page = rows.slice(0, limit)
    const end = page.at(-1)
    return {
      items: page.map(query.toItem),
      ...(rows.length > limit && end !== undefined && { next: toCursor(end) }),
    }
  })
}

interface Position {
  readonly id: string
  readonly page_time: string
}

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z|-?infinity)\|([0-9a-f-]{36})$/
const MAX_CURSOR = 100

function toCursor({ page_time, id }: Position): string {
  return Buffer.from(`${page_time}|${id}`).toString('base64url')
}

/** Cursors travel through the caller's clients, so what comes back may be anything. */
function readCursor(after: string): { readonly time: string; readonly id: string } {
  if (typeof after !== 'string') throw new TypeError('after must be `next` of a page')
  const text = after.length > MAX_CURSOR ? '' : Buffer.from(after, 'base64url').toString('latin1')
  const [, time, id] = CURSOR.exec(text) ?? []
  if (time !== undefined && id !== undefined && isPossible(time, id)) return { time, id }
  throw new ZkebError('FORMAT', '`after` is not what a page gave as `next`', {
    hint: 'begin again without it',
  })
}

function isPossible(time: string, id: string): boolean {
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
  // PostgreSQL refuses 30 February, and a hostile cursor must not reach it.
  const date = new Date(`${time.slice(0, 23)}Z`)
  const isTime = time.endsWith('infinity') || date.toJSON()?.slice(0, 23) === time.slice(0, 23)
  return isUuid && isTime
}
