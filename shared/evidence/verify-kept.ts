import type { AgentRecord } from '../record/record.ts'
import type { NumberRows } from './number-rows.ts'
import type { Besides, Head } from './verify-head.ts'
import type { ReceiptMark, SeenRecord } from './verify-items.ts'
import type { ObservedAgain, PackedPlace } from './verify-observed.ts'

type MarkHead = Omit<ReceiptMark, 'firstArrival' | 'lastArrival' | 'proven'>

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
const INDEX = 13
const PACKED_FROM = 14
const PACKED_TO = 15
const PACKED_WHOLE = 16
export const RECORD_WIDTH = 17
/** Columns of a mark. */
const FIRST_ARRIVAL = 0
const LAST_ARRIVAL = 1
const HEAD = 2
const STATE = 3
export const MARK_WIDTH = 4

export const OPEN = 0
const IS_CLAIMED = 1
const IS_PROVEN = 2

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export interface Tables {
  readonly records: NumberRows
  readonly marks: NumberRows
  readonly markHeads: MarkHead[]
  readonly observed: ObservedAgain
}

interface Texts extends Pick<SeenRecord, 'payloadSha256'> {
  readonly head: Head
  readonly previous: string | null
  readonly root: string
  readonly besides: Besides | null
  readonly evidence: SeenRecord['evidence']
  readonly unread: SeenRecord['unread']
  readonly packed: Uint8Array
}

/** One record of those that `SeenRecords` holds. */
export class KeptRecord implements SeenRecord {
  proven = false
  seenHere = false
  readonly payloadSha256: string
  readonly evidence: SeenRecord['evidence']
  readonly unread: SeenRecord['unread']
  readonly #tables: Tables
  readonly #row: number
  readonly #head: Head
  readonly #previous: string | null
  readonly #root: string
  readonly #besides: Besides | null
  readonly #packed: Uint8Array

  constructor(tables: Tables, row: number, texts: Texts) {
    this.#tables = tables
    this.#row = row
    this.payloadSha256 = texts.payloadSha256
    this.evidence = texts.evidence
    this.unread = texts.unread
    this.#head = texts.head
    this.#previous = texts.previous
    this.#root = texts.root
    this.#besides = texts.besides
    this.#packed = texts.packed
  }

  get index(): number {
    return this.#number(INDEX)
  }

  get observations(): SeenRecord['observations'] {
    if (this.unread !== null) return () => []
    return () => this.#tables.observed.of(this, this.#place())
  }

  get where(): string {
    const { agent, boot } = this.#head
    return `${agent} boot ${boot.slice(0, 8)} record ${this.#number(SEQUENCE)}`
  }

  // Members one by one: this is asked for some hundred thousand times, and spreading is slow.
  get record(): SeenRecord['record'] {
    const [previous, besides] = [this.#previous, this.#besides]
    const { site, agent, boot, tool, profile } = this.#head
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
    const marks = () => this.#marks()
    return {
      ...{ proven, claimed, none: this.#number(NONE) },
      // Most ask for the numbers alone.
      get marks() {
        return marks()
      },
    }
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

  #place(): PackedPlace {
    const [from, to] = [this.#number(PACKED_FROM), this.#number(PACKED_TO)]
    const whole = this.#number(PACKED_WHOLE) === 1
    const { round, run } = this.#besides ?? {}
    const carried = round !== undefined || run !== undefined
    return { packed: this.#packed, from, to, whole, carried }
  }

  #window(): AgentRecord['window'] {
    const [from, to] = [this.#number(FROM), this.#number(TO)]
    return { from, to, monotonicMs: this.#number(MONOTONIC) }
  }

  #clock(): NonNullable<AgentRecord['clock']> | null {
    const { source, synchronised } = this.#head
    if (source === null) return null
    const maxErrorMs = orNull(this.#number(CLOCK_ERROR))
    const [from, to] = [this.#number(CLOCK_FROM), this.#number(CLOCK_TO)]
    return { monotonicFromMs: from, monotonicToMs: to, synchronised, maxErrorMs, source }
  }

  #seen(): NonNullable<AgentRecord['seen']> | null {
    const [head, root] = [this.#head, this.#root]
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
