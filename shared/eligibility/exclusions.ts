import { enteredOf } from '../evidence/verify-entries.ts'
import type { SeenEntry } from '../evidence/verify-items.ts'
import { type Time, touching } from '../intervals.ts'
import type { Exclusion } from './around-schema.ts'

/**
 * The times that were left out, as entered in the log. One counts only where it was entered before it
 * began (by its place there, whatever date it bears), and nothing else was said under its name before
 * then: that it is taken back, or another time. Any later word is shown and changes nothing.
 */
export function exclusionsIn(entries: readonly SeenEntry[], span: Time): Exclusion[] {
  const all = enteredOf(entries).flatMap(({ entry, enteredMs }) =>
    entry.kind === 'exclusion' ? [{ ...entry, enteredMs }] : [],
  )
  return all
    .map((entry, place) => {
      const { id, from, to, cause, why, by, enteredMs, withdrawn } = entry
      const afterTheFact = enteredMs > from
      const replaced = all.slice(place + 1).some((one) => one.id === id && one.enteredMs <= from)
      return {
        ...{ from, to, id, cause, why, by, enteredAt: enteredMs, afterTheFact, withdrawn },
        applied: !afterTheFact && !withdrawn && !replaced,
      }
    })
    .filter((one) => touching(one, span))
}

/** The exclusion that takes a quarter hour out, where one does; touching it is enough. */
export function excludedBy(exclusions: readonly Exclusion[], time: Time): Exclusion | null {
  return exclusions.find((one) => one.applied && touching(one, time)) ?? null
}
