import { type AbsenceOfRows, MOST_OFFERED } from '../../shared/plan/rows.ts'
import type { Span } from '../rows/pin-file.ts'
import type { Found } from '../rows/read.ts'

/** Windows that were looked at and cannot be brought, by their digest. */
export type Refused = ReadonlyMap<string, 'too-large' | 'damaged'>

/**
 * What a ring no longer has of a pinned time, after everything else of it was brought; the first that
 * speaks of a window is why. Spans say it of all windows in them that did not come.
 * @param startedMs when this agent was started: what came later may still be on its way to the disk
 */
export function absentIn(
  { kept, absent, since }: Found,
  pin: Span,
  refused: Refused,
  startedMs: number,
): AbsenceOfRows[] {
  const inPin = ({ from, to }: Span) => ({
    from: Math.max(from, pin.from),
    to: Math.min(to, pin.to),
  })
  const ringFrom = since ?? startedMs
  const spans = [
    { ...inPin({ from: pin.from, to: ringFrom }), cause: 'overwritten' as const },
    ...absent.map((note) => ({ ...inPin(note), cause: note.absent })),
    { ...inPin({ from: ringFrom, to: startedMs }), cause: 'lost' as const },
  ].filter(({ from, to }) => from < to)
  return [
    ...kept.flatMap(({ note: { from, to, sha256 } }) => {
      const cause = refused.get(sha256)
      return cause === undefined ? [] : [{ from, to, cause, sha256 }]
    }),
    ...spans,
  ]
}

/** As many as one request may carry, each once. */
export function toTell(all: readonly AbsenceOfRows[]): AbsenceOfRows[] {
  const once = new Map(all.map((one) => [JSON.stringify(one), one]))
  return [...once.values()].slice(0, MOST_OFFERED)
}
