import type { SeenEntry } from '../evidence/verify-items.ts'
import type { Exclusion } from './around-schema.ts'
import { type Time, touching } from './scope.ts'

/**
 * The times that were left out, as entered in the log. One counts only where it was entered before it
 * began, and was not taken back before then; any later word is shown and changes nothing.
 */
export function exclusionsIn(entries: readonly SeenEntry[], span: Time): Exclusion[] {
  const all = entries.flatMap(({ entry }) => (entry.kind === 'exclusion' ? [entry] : []))
  return all
    .filter((entry) => touching(entry, span))
    .map((entry) => {
      const { id, from, to, cause, why, by, at, withdrawn } = entry
      const afterTheFact = at > from
      const takenBack = all.some((other) => other.id === id && other.withdrawn && other.at <= from)
      return {
        ...{ from, to, id, cause, why, by, enteredAt: at, afterTheFact, withdrawn },
        applied: !afterTheFact && !withdrawn && !takenBack,
      }
    })
}

/** The exclusion that takes a quarter hour out, where one does; touching it is enough. */
export function excludedBy(exclusions: readonly Exclusion[], time: Time): Exclusion | null {
  return exclusions.find((one) => one.applied && touching(one, time)) ?? null
}
