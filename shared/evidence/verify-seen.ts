import type { AgentRecord } from '../record/record.ts'
import { NumberRows } from './number-rows.ts'
import type { ReadReceipt } from './read-payloads.ts'
import { type Besides, besidesOf, type Head, headOf } from './verify-head.ts'
import type { ReceiptMark, SeenRecord } from './verify-items.ts'

type MarkPlace = Pick<ReceiptMark, 'farEnd' | 'segment'>
type MarkHead = Pick<ReceiptMark, 'reflector' | 'session' | 'version'> & MarkPlace

/** Columns of a record; what is not there is NaN, which JSON cannot say. */
const SEQUENCE = 0
const FROM = 1
const TO = 2
const MONOTONIC = 3
const CLOCK_FROM = 4
const CLOCK_TO = 5
const CLOCK_ERROR = 6
const SEEN_SIZE = 7
const PROVEN = 8
const CLAIMED = 9
const NONE = 10
const FIRST_MARK = 11
const MARKS = 12
const RECORD_WIDTH = 13
/** Columns of a mark. */
const FIRST_ARRIVAL = 0
const LAST_ARRIVAL = 1
const HEAD = 2
const STATE = 3
const MARK_WIDTH = 4

const OPEN = 0
const IS_CLAIMED = 1
const IS_PROVEN = 2

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

interface Tables {
  readonly records: NumberRows
  readonly marks: NumberRows
  readonly markHeads: MarkHead[]
}

interface Texts extends Pick<SeenRecord, 'index' | 'payloadSha256' | 'observations'> {
  readonly head: Head
  readonly previous: string | null
  readonly root: string
  readonly besides: Besides | null
  readonly evidence: SeenRecord['evidence']
}

/**
 * Holds what is known of a month's records in little memory: what they say alike once, their numbers
 * in rows. Each one says it as it was said, made anew whenever it is asked.
 */
export class SeenRecords {
  readonly #tables: Tables = {
    records: new NumberRows(RECORD_WIDTH),
    marks: new NumberRows(MARK_WIDTH),
    markHeads: [],
  }
  readonly #markHeads = new Map<string, number>()
  readonly #newest = new Map<string, { readonly head: Head; readonly sha256: string }>()
  #root = ''

  add(
    record: AgentRecord,
    given: Pick<SeenRecord, 'index' | 'payloadSha256' | 'evidence' | 'observations'>,
  ): KeptRecord {
    const { window, clock, seen, previous } = record
    const before = this.#newest.get(record.agent)
    const head = headOf(record, before?.head)
    this.#newest.set(head.agent, { head, sha256: given.payloadSha256 })
    const none = Number.NaN
    const { monotonicFromMs = none, monotonicToMs = none, maxErrorMs = null } = clock ?? {}
    const row = this.#tables.records.add([
      ...[record.sequence, window.from, window.to, window.monotonicMs],
      ...[monotonicFromMs, monotonicToMs, maxErrorMs ?? none],
      ...[seen?.size ?? none, 0, 0, 0, this.#tables.marks.length, 0],
    ])
    // An agent sees the same one for many records.
    if (seen !== undefined && seen.root !== this.#root) this.#root = seen.root
    const besides = besidesOf(record)
    return new KeptRecord(this.#tables, row, {
      ...{ ...given, evidence: given.evidence, head, root: this.#root },
      previous: previous === before?.sha256 ? before.sha256 : previous,
      besides,
    })
  }

  /** Adds what a receipt of the newest record says of itself; a number for `settle`. */
  mark(record: KeptRecord, place: MarkPlace, receipt: ReadReceipt): number {
    const { reflector, session, version, firstArrival, lastArrival } = receipt
    const { farEnd, segment = '' } = place
    const name = `${farEnd} ${segment} ${reflector} ${session} ${version}`
    let head = this.#markHeads.get(name)
    if (head === undefined) {
      head = this.#tables.markHeads.push({ ...place, reflector, session, version }) - 1
      this.#markHeads.set(name, head)
    }
    const none = Number.NaN
    record.marked()
    return this.#tables.marks.add([firstArrival ?? none, lastArrival ?? none, head, OPEN])
  }
}

/** One record; see {@link SeenRecords}. */
export class KeptRecord implements SeenRecord {
  proven = false
  readonly #tables: Tables
  readonly #row: number
  readonly #texts: Texts

  constructor(tables: Tables, row: number, texts: Texts) {
    this.#tables = tables
    this.#row = row
    this.#texts = texts
  }

  get index(): number {
    return this.#texts.index
  }

  get payloadSha256(): string {
    return this.#texts.payloadSha256
  }

  get evidence(): SeenRecord['evidence'] {
    return this.#texts.evidence
  }

  get observations(): SeenRecord['observations'] {
    return this.#texts.observations
  }

  get where(): string {
    const { agent, boot } = this.#texts.head
    return `${agent} boot ${boot.slice(0, 8)} record ${this.#number(SEQUENCE)}`
  }

  // Members one by one: this is asked for some hundred thousand times, and spreading is slow.
  get record(): SeenRecord['record'] {
    const { head, previous, besides } = this.#texts
    const { site, agent, boot, tool, profile } = head
    const format = 'voip-ready/record/1'
    const sequence = this.#number(SEQUENCE)
    const window = this.#window()
    const record: Mutable<SeenRecord['record']> = {
      format,
      site,
      agent,
      boot,
      sequence,
      previous,
      tool,
      profile,
      window,
    }
    const [clock, seen] = [this.#clock(), this.#seen()]
    if (clock !== null) record.clock = clock
    if (seen !== null) record.seen = seen
    return besides === null ? record : Object.assign(record, besides)
  }

  get receipts(): SeenRecord['receipts'] {
    const [proven, claimed] = [this.#number(PROVEN), this.#number(CLAIMED)]
    return { proven, claimed, none: this.#number(NONE), marks: this.#marks() }
  }

  /** So many of its streams have no receipt. */
  lacks(streams: number): void {
    this.#tables.records.set(this.#row, NONE, streams)
  }

  marked(): void {
    this.#add(MARKS)
  }

  /** @param mark of a receipt; null: it has none */
  settle(mark: number | null, proven: boolean): void {
    this.#add(proven ? PROVEN : CLAIMED)
    if (mark !== null) this.#tables.marks.set(mark, STATE, proven ? IS_PROVEN : IS_CLAIMED)
  }

  #window(): AgentRecord['window'] {
    const [from, to] = [this.#number(FROM), this.#number(TO)]
    return { from, to, monotonicMs: this.#number(MONOTONIC) }
  }

  #clock(): NonNullable<AgentRecord['clock']> | null {
    const { source, synchronised } = this.#texts.head
    if (source === null) return null
    const maxErrorMs = orNull(this.#number(CLOCK_ERROR))
    const [from, to] = [this.#number(CLOCK_FROM), this.#number(CLOCK_TO)]
    return { monotonicFromMs: from, monotonicToMs: to, synchronised, maxErrorMs, source }
  }

  #seen(): NonNullable<AgentRecord['seen']> | null {
    const { head, root } = this.#texts
    return head.origin === null
      ? null
      : { origin: head.origin, size: this.#number(SEEN_SIZE), root }
  }

  #marks(): ReceiptMark[] {
    const { marks, markHeads } = this.#tables
    const first = this.#number(FIRST_MARK)
    return Array.from({ length: this.#number(MARKS) }, (_, at) => first + at)
      .filter((mark) => marks.get(mark, STATE) !== OPEN)
      .map((mark) => ({
        ...(markHeads[marks.get(mark, HEAD)] as MarkHead),
        firstArrival: orNull(marks.get(mark, FIRST_ARRIVAL)),
        lastArrival: orNull(marks.get(mark, LAST_ARRIVAL)),
        proven: marks.get(mark, STATE) === IS_PROVEN,
      }))
  }

  #number(column: number): number {
    return this.#tables.records.get(this.#row, column)
  }

  #add(column: number): void {
    this.#tables.records.set(this.#row, column, this.#number(column) + 1)
  }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
