import type { ReadReceipt } from './read-payloads.ts'
import type { CountedRange } from './receipt-check.ts'
import type { Item, Report } from './verify-items.ts'

interface Shown {
  readonly where: string
  readonly time: NonNullable<Item['time']>
}

/** Sequence numbers from `first` up to, not including, `end`. */
interface Span {
  readonly first: number
  readonly end: number
}

/** The same streams, and what of them was counted so far: in order, no two touch. */
interface Band {
  readonly stream: number
  readonly end: number
  readonly spans: Span[]
}

/** An honest session names its streams in fewer ways; a hostile file must not make each receipt dear. */
const MOST_BANDS = 1024

/**
 * Every packet of a session is counted by one receipt. Else the half of a minute that went well could be
 * shown twice, and stand for the half that did not.
 */
export class SignedPackets {
  readonly #report: Report
  readonly #sessions = new Map<string, Map<string, Band>>()

  constructor(report: Report) {
    this.#report = report
  }

  /** True where no receipt before this one counted any of its packets. */
  areNew({ reflector, session, counted }: ReadReceipt, { where, time }: Shown): boolean {
    const key = `${reflector} ${session}`
    const bands = this.#sessions.get(key) ?? new Map<string, Band>()
    this.#sessions.set(key, bands)
    const again = counted.map((range) => isCounted(bands, range) || !add(bands, range))
    if (!again.includes(true)) return true
    const what = `counts packets of its session with ${reflector} that another receipt here counted already: it backs nothing here`
    this.#report('suspicious', 'receipt-reused', where, what, time)
    return false
  }
}

function isCounted(bands: ReadonlyMap<string, Band>, range: CountedRange): boolean {
  const [stream, streams, first, count] = range
  if (count === 0 || streams === 0) return false
  for (const band of bands.values()) {
    if (band.stream >= stream + streams || band.end <= stream) continue
    const next = band.spans[placeOf(band.spans, first)]
    if (next !== undefined && next.first < first + count) return true
  }
  return false
}

/** False where there are too many bands to hold it against. */
function add(bands: Map<string, Band>, [stream, streams, first, count]: CountedRange): boolean {
  if (count === 0 || streams === 0) return true
  const name = `${stream} ${streams}`
  const band = bands.get(name) ?? { stream, end: stream + streams, spans: [] }
  if (!bands.has(name) && bands.size >= MOST_BANDS) return false
  bands.set(name, band)
  const at = placeOf(band.spans, first)
  const [before, after] = [band.spans[at - 1], band.spans[at]]
  const joinsBefore = before?.end === first
  const joinsAfter = after?.first === first + count
  const from = joinsBefore && before !== undefined ? before.first : first
  const to = joinsAfter && after !== undefined ? after.end : first + count
  const begin = joinsBefore ? at - 1 : at
  band.spans.splice(begin, Number(joinsBefore) + Number(joinsAfter), { first: from, end: to })
  return true
}

/** Place of the first span that ends beyond this number. */
function placeOf(spans: readonly Span[], first: number): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle]?.end ?? 0) > first) high = middle
    else low = middle + 1
  }
  return low
}
