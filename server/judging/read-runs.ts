import type { AgentRecord } from '../../shared/record/record.ts'
import { MAX_RUN_RECORDS } from '../../shared/verdict/runs.ts'
import { parseStored } from '../ingest/parse.ts'
import type { StoredRecord } from '../store/store.ts'

/** Records with runs, read: a week of judgements asks for the same few again and again. */
export class ReadRuns {
  readonly #known = new Map<string, AgentRecord>()

  read(row: StoredRecord): AgentRecord {
    const key = row.payloadSha256
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const [oldest] = this.#known.keys()
    if (oldest !== undefined && this.#known.size >= MAX_RUN_RECORDS) this.#known.delete(oldest)
    const record = parseStored(row)
    this.#known.set(key, record)
    return record
  }
}
