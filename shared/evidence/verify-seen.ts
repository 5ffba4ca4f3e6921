import type { AgentRecord } from '../record/record.ts'
import { NumberRows } from './number-rows.ts'
import type { ReadReceipt } from './read-payloads.ts'
import { besidesOf, type Head, headOf } from './verify-head.ts'
import type { ReceiptMark, SeenRecord } from './verify-items.ts'
import { KeptRecord, MARK_WIDTH, OPEN, RECORD_WIDTH, type Tables } from './verify-kept.ts'
import type { ObservedAgain, PackedPlace } from './verify-observed.ts'

type MarkPlace = Pick<ReceiptMark, 'farEnd' | 'segment' | 'keyid'>

interface Given extends Pick<SeenRecord, 'index' | 'payloadSha256' | 'evidence' | 'unread'> {
  readonly place: Omit<PackedPlace, 'carried'>
}

/**
 * Holds what is known of a month's records in little memory: what they say alike once, their numbers
 * in rows. Each one says it as it was said, made anew whenever it is asked.
 */
export class SeenRecords {
  readonly #tables: Tables
  readonly #markHeads = new Map<string, number>()
  readonly #newest = new Map<string, { readonly head: Head; readonly sha256: string }>()
  #root = ''

  constructor(observed: ObservedAgain) {
    const records = new NumberRows(RECORD_WIDTH)
    this.#tables = { records, marks: new NumberRows(MARK_WIDTH), markHeads: [], observed }
  }

  add(record: AgentRecord, { index, payloadSha256, evidence, place, unread }: Given): KeptRecord {
    const { window, clock, seen, previous } = record
    const before = this.#newest.get(record.agent)
    const head = headOf(record, before?.head)
    this.#newest.set(head.agent, { head, sha256: payloadSha256 })
    const none = Number.NaN
    const { monotonicFromMs = none, monotonicToMs = none, maxErrorMs = null } = clock ?? {}
    const { packed, from, to, whole } = place
    // As the columns stand; one by one, since spreading is slow.
    const row = this.#tables.records.add([
      record.sequence,
      window.from,
      window.to,
      window.monotonicMs,
      monotonicFromMs,
      monotonicToMs,
      maxErrorMs ?? none,
      seen?.size ?? none,
      0,
      0,
      0,
      this.#tables.marks.length,
      0,
      index,
      from,
      to,
      Number(whole),
    ])
    // An agent sees the same one for many records.
    if (seen !== undefined && seen.root !== this.#root) this.#root = seen.root
    return new KeptRecord(this.#tables, row, {
      ...{ head, root: this.#root, payloadSha256, evidence, unread, packed },
      previous: previous === before?.sha256 ? before.sha256 : previous,
      besides: besidesOf(record),
    })
  }

  /** Adds what a receipt of the newest record says of itself; a number for `settle`. */
  mark(record: KeptRecord, place: MarkPlace, receipt: ReadReceipt): number {
    const { reflector, session, version, address, firstArrival, lastArrival } = receipt
    const { farEnd, segment = '', keyid } = place
    const name = `${farEnd} ${segment} ${keyid} ${reflector} ${session} ${address} ${version}`
    let head = this.#markHeads.get(name)
    if (head === undefined) {
      head = this.#tables.markHeads.push({ ...place, reflector, session, version, address }) - 1
      this.#markHeads.set(name, head)
    }
    const none = Number.NaN
    record.marked()
    return this.#tables.marks.add([firstArrival ?? none, lastArrival ?? none, head, OPEN])
  }
}
