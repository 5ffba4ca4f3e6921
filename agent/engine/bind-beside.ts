import { isInRanges, type PortRange } from '../../shared/profile/ports.ts'

/** So many in one range would be a range that the kernel chooses nothing beside. */
const MOST_WRONG = 200

/**
 * Binds again until the kernel's choice is in none of these ranges. What it chose wrongly is held until
 * then, so that it does not choose it again. Where it has nothing else, one of these is taken after all.
 */
export function bindBeside<B extends { readonly port: number; readonly close: () => void }>(
  avoid: readonly PortRange[],
  bind: () => B,
  left = MOST_WRONG,
): B {
  const bound = bind()
  if (left === 0 || !isInRanges(avoid, bound.port)) return bound
  try {
    return bindBeside(avoid, bind, left - 1)
  } finally {
    bound.close()
  }
}
