import { counted } from '../counted.ts'
import { type BusyHours, WEEKDAYS } from '../profile/busy-hours.ts'
import type { Digest, Quarter } from './digest.ts'
import type { Block } from './document.ts'
import { runsOf } from './time-plot.ts'
import { zoneOf } from './zone.ts'

/** `09:00-11:00, 14:00-16:00 Europe/London on mon, tue` */
export function busyText({ hours, zone, days }: BusyHours): string {
  const said = hours.map(({ from, to }) => `${from}-${to}`).join(', ')
  return `${said} ${zone} ${days === undefined ? 'every day' : `on ${days.join(', ')}`}`
}

/** Whether an instant lies in the busy hours, as the clocks of their zone show it. */
function busyAt({ hours, zone, days }: BusyHours): (ms: number) => boolean {
  const { parts } = zoneOf(zone)
  return (ms) => {
    const { day, clock } = parts(ms)
    const weekday = WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()]
    if (days?.every((one) => one !== weekday)) return false
    return hours.some((span) => clock >= span.from && clock < span.to)
  }
}

/** Quarter hours that begin in the site's busy hours; null: nobody said when these are. */
function busyQuarters({ values, quarters }: Digest): readonly boolean[] | null {
  if (values?.busyHours === undefined) return null
  const isBusy = busyAt(values.busyHours)
  return quarters.map(({ from }) => isBusy(from))
}

/** The busy hours of a time, quarter hours that touch as one. */
export function busyTimes(
  digest: Digest,
): readonly { readonly from: number; readonly to: number }[] {
  const { quarters } = digest
  return runsOf(busyQuarters(digest) ?? [], (busy) => busy).map(([first, beyond]) => ({
    from: quarters[first]?.from ?? 0,
    to: quarters[beyond - 1]?.to ?? 0,
  }))
}

/** What was seen in the busy hours: a time without any says little of a line that is in use. */
export function busyBlocks(digest: Digest): readonly Block[] {
  const busy = busyQuarters(digest)
  const hours = digest.values?.busyHours
  if (busy === null || hours === undefined) {
    const text =
      'When this site is busy is not said (busyHours of its plan or site file), so whether these figures are of a line in use is not known.'
    return [{ kind: 'text', text, tone: 'not-tested' }]
  }
  const inside = digest.quarters.filter((_, step) => busy[step])
  if (inside.length === 0) {
    const text = `NO BUSY HOUR IS IN THIS TIME (${busyText(hours)}): these figures are of a line that is hardly in use.`
    return [{ kind: 'text', text, tone: 'inconclusive' }]
  }
  return [{ kind: 'text', text: `In the busy hours (${busyText(hours)}): ${countsOf(inside)}.` }]
}

function countsOf(quarters: readonly Quarter[]): string {
  const of = (overall: Quarter['overall']) =>
    quarters.filter((quarter) => quarter.overall === overall).length
  const parts = [
    [of('READY'), 'READY'],
    [of('NOT READY'), 'NOT READY'],
    [of('CANNOT SAY'), 'CANNOT SAY'],
    [of(null), 'not judged'],
  ] as const
  const said = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return `${counted(quarters.length, 'quarter hour')}, ${said.join(', ')}`
}
