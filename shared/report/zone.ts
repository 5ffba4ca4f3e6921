/** Times as a person of some zone reads them. `UTC` unless the reader asks for another. */
export interface Zone {
  readonly name: string
  readonly parts: (ms: number) => ZonedTime
}

export interface ZonedTime {
  /** `2026-03-02` */
  readonly day: string
  readonly hour: number
  /** `10:15` */
  readonly clock: string
}

/** The zone of this IANA name. @throws RangeError when there is none */
export function zoneOf(name: string): Zone {
  if (name === 'UTC') return UTC
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: name, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit' },
  })
  const parts = (ms: number): ZonedTime => {
    const found = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]))
    const of = (type: Intl.DateTimeFormatPartTypes) => found.get(type) ?? ''
    const day = `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`
    return { day, hour: Number(of('hour')), clock: `${of('hour')}:${of('minute')}` }
  }
  return { name, parts }
}

export const UTC: Zone = {
  name: 'UTC',
  parts: (ms) => {
    const text = new Date(ms).toISOString()
    return { day: text.slice(0, 10), hour: Number(text.slice(11, 13)), clock: text.slice(11, 16) }
  },
}

/** `2026-03-02 10:15 UTC` */
export function stamp(ms: number, zone: Zone = UTC): string {
  const { day, clock } = zone.parts(ms)
  return `${day} ${clock} ${zone.name}`
}

/** `2026-03-02 10:15 to 10:30 UTC`, the day twice only where there are two. */
export function span(from: number, to: number, zone: Zone = UTC): string {
  const [first, last] = [zone.parts(from), zone.parts(to)]
  const end = first.day === last.day ? last.clock : `${last.day} ${last.clock}`
  return `${first.day} ${first.clock} to ${end} ${zone.name}`
}

/** `45 min`, `6 h`, `2 d 6 h 15 min` */
export function length(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor((minutes % 1440) / 60), 'h'],
    [minutes % 60, 'min'],
  ] as const
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`)
  if (said.length > 0) return said.join(' ')
  return ms > 0 ? 'under 1 min' : '0 min'
}
