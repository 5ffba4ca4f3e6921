import { isInRanges, type PortRange } from '../../shared/profile/ports.ts'

/** So many in one range would be a range that the kernel chooses nothing beside. */
const MOST_WRONG = 200

/** A socket that was bound, and how it is let go. */
export interface Bound {
  readonly port: number
  readonly close: () => void
}

/**
 * Binds again until the kernel's choice is in none of these ranges. What it chose wrongly is held until
 * then, so that it does not choose it again. Where it has nothing else, one of these is taken after all.
 */
export function bindBeside<B extends Bound>(avoid: readonly PortRange[], bind: () => B): B {
  const wrong: B[] = []
  try {
    for (;;) {
      const bound = bind()
      if (!isInRanges(avoid, bound.port) || wrong.length === MOST_WRONG) return bound
      wrong.push(bound)
    }
  } finally {
    for (const { close } of wrong) close()
  }
}
