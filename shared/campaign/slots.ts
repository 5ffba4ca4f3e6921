/** When is measured, as the parties agreed it: days and hours of a zone. */
interface Times {
  readonly zone: string
  readonly days: readonly string[]
  readonly measurements: {
    readonly first: string
    readonly last: string
    readonly everyMinutes: number
    readonly lengthMinutes: number
  }
}

/** One agreed measurement. */
export interface Slot {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  /** As the protocol says it, in its zone: `2026-11-30` and `09:15`. */
  readonly day: string
  readonly at: string
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/**
 * The agreed measurements in UTC, oldest first, and the times that no clock of the zone shows because
 * it goes forward then. A time that a clock shows twice is the first of the two.
 */
export function slotsOf(protocol: Times): {
  readonly slots: readonly Slot[]
  readonly impossible: readonly string[]
} {
  const { days, measurements, zone } = protocol
  const { first, last, everyMinutes, lengthMinutes } = measurements
  const slots: Slot[] = []
  const impossible: string[] = []
  for (const day of days) {
    for (let minute = minuteOf(first); minute <= minuteOf(last); minute += everyMinutes) {
      const at = clockOf(minute)
      const from = instantOf(day, at, zone)
      if (from === null) impossible.push(`${day} ${at}`)
      else slots.push({ from, to: from + lengthMinutes * MINUTE_MS, day, at })
    }
  }
  return { slots: slots.sort((a, b) => a.from - b.from), impossible }
}

/** When a clock of the zone shows this; null: never. */
function instantOf(day: string, at: string, zone: string): number | null {
  const asUtc = Date.parse(`${day}T${at}:00Z`)
  // A change of the clocks lies between yesterday's offset and tomorrow's.
  const offsets = [asUtc - DAY_MS, asUtc + DAY_MS].map((ms) => shownAt(ms, zone) - ms)
  const found = offsets.map((offset) => asUtc - offset).filter((ms) => shownAt(ms, zone) === asUtc)
  return found.length === 0 ? null : Math.min(...found)
}

/** What a clock of the zone shows at an instant, read as if it were UTC; whole minutes. */
function shownAt(ms: number, zone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit' },
  }).formatToParts(ms)
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'))
}

function minuteOf(at: string): number {
  const [hours, minutes] = at.split(':').map(Number)
  return (hours ?? 0) * 60 + (minutes ?? 0)
}

function clockOf(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`
}
