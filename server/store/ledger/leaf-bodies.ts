import type { Kysely } from 'kysely'
import { unpackPayload } from '../packed.ts'
import type { Tables } from '../tables.ts'

/**
 * What was hashed into the leaves [from, to) of a log, byte for byte and in their order; null when one
 * of them is not there, or no longer kept.
 */
export async function leafBodies(
  db: Kysely<Tables>,
  logId: string,
  from: number,
  to: number,
): Promise<Uint8Array[] | null> {
  const entries = await db
    .selectFrom('ledger_entry')
    .select(['idx', 'body'])
    .where('log_id', '=', logId)
    .where('idx', '>=', from)
    .where('idx', '<', to)
    .execute()
  const records = await db
    .selectFrom('ledger_record')
    .innerJoin('record', (join) =>
      join
        .onRef('record.site', '=', 'ledger_record.site')
        .onRef('record.agent', '=', 'ledger_record.agent')
        .onRef('record.boot', '=', 'ledger_record.boot')
        .onRef('record.sequence', '=', 'ledger_record.sequence'),
    )
    .select(['ledger_record.idx', 'record.payload', 'record.frame', 'record.frame_at'])
    .where('ledger_record.log_id', '=', logId)
    .where('ledger_record.idx', '>=', from)
    .where('ledger_record.idx', '<', to)
    .execute()
  const bodies = new Map<number, Uint8Array>()
  for (const { idx, body } of entries) bodies.set(idx, body)
  for (const { idx, payload, frame, frame_at: at } of records) {
    const base64 = unpackPayload(payload).toString('base64')
    bodies.set(idx, Buffer.from(frame.slice(0, at) + base64 + frame.slice(at)))
  }
  const inOrder = Array.from({ length: to - from }, (_, at) => bodies.get(from + at))
  return inOrder.every((body) => body !== undefined) ? inOrder : null
}
