import type { AuditEntry } from '../store/access/audit.ts'
import { type AccessDesk, auditOf } from './desk.ts'

const MINUTE_MS = 60_000
/** Names and addresses that have entries of their own in a minute; further ones share one. */
const MOST_APART = 20

/**
 * The audit of refused attempts to sign in, which anybody can make as often as he likes: equal ones of a minute
 * are one entry that says how many they were, and so are all beyond the first few kinds of them.
 */
export class RefusedSignIns {
  readonly #desk: Pick<AccessDesk, 'book' | 'nowMs'>
  readonly #entries = new Map<string, AuditEntry>()
  #minute = -1
  #last: Promise<unknown> = Promise.resolve()

  constructor(desk: Pick<AccessDesk, 'book' | 'nowMs'>) {
    this.#desk = desk
  }

  async note(name: string, address: string): Promise<void> {
    const minute = Math.floor(this.#desk.nowMs() / MINUTE_MS)
    if (minute !== this.#minute) this.#entries.clear()
    this.#minute = minute
    const own = JSON.stringify([name, address])
    const apart = this.#entries.has(own) || this.#entries.size < MOST_APART
    const entry = this.#counted(apart ? own : '', apart ? { name, address } : { others: true })
    // In their order, or a smaller number could be written last.
    const written = this.#last.then(() => this.#desk.book.countAudit(entry))
    this.#last = written.catch(() => {})
    await written
  }

  #counted(key: string, what: AuditEntry['detail']): AuditEntry {
    const before = this.#entries.get(key)
    const times = Number(before?.detail.times ?? 0) + 1
    const begun = before ?? auditOf(this.#desk, 'anyone', 'session.refuse', null, what)
    const entry = { ...begun, detail: { ...what, times } }
    this.#entries.set(key, entry)
    return entry
  }
}
