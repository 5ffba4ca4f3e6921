import type { StoredRecord } from './store.ts'
import type { RecordTable } from './tables.ts'

/** Columns of a record as it is read back: everything but the envelope's frame. */
export const STORED = [
  'record.site',
  'record.agent',
  'record.boot',
  'record.sequence',
  'record.received_ms',
  'record.from_ms',
  'record.to_ms',
  'record.profile_sha256',
  'record.payload_sha256',
  'record.payload',
] as const

/** A record of these columns. */
export function toStored(row: Omit<RecordTable, 'frame' | 'frame_at'>): StoredRecord {
  return {
    site: row.site,
    agent: row.agent,
    boot: row.boot,
    sequence: row.sequence,
    receivedMs: row.received_ms,
    fromMs: row.from_ms,
    toMs: row.to_ms,
    profileSha256: row.profile_sha256,
    payloadSha256: row.payload_sha256,
    packed: row.payload,
  }
}
