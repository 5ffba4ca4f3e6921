import { regularisedBeta } from './beta.ts'

/**
 * Exact one-sided bounds of a proportion (Clopper and Pearson), for real n and k, so that a sample
 * shrunk by a design effect can be asked too. Each bound alone holds with the confidence given.
 */

/** Smallest p that k lost of n would still be believable under; 0 when nothing was lost. */
export function lowerBound(k: number, n: number, confidence: number): number {
  if (k <= 0 || n <= 0) return 0
  return solve(Math.min(k, n), Math.max(n - k, 0) + 1, 1 - confidence).low
}

/** Largest p that k lost of n would still be believable under; 1 when everything was, or n is 0. */
export function upperBound(k: number, n: number, confidence: number): number {
  if (n <= 0 || k >= n) return 1
  return solve(Math.max(k, 0) + 1, n - Math.max(k, 0), confidence).high
}

interface Ends {
  readonly low: number
  readonly high: number
}

/** Most answers that are remembered; then all are forgotten. */
const MOST_REMEMBERED = 4096
/** Sites of one plan ask for the same few: nothing lost of 3000, one lost of 3000 ... */
const solved = new Map<string, Ends>()

function solve(a: number, b: number, target: number): Ends {
  const key = `${a} ${b} ${target}`
  const known = solved.get(key)
  if (known !== undefined) return known
  if (solved.size >= MOST_REMEMBERED) solved.clear()
  const ends = bisect(a, b, target)
  solved.set(key, ends)
  return ends
}

/**
 * The x at which I_x(a, b) reaches `target`: bisection, since I_x rises with x and never jumps. Both
 * ends of the last interval are given, so that a bound is rounded outward.
 */
function bisect(a: number, b: number, target: number): Ends {
  let low = 0
  let high = 1
  while (high - low > 1e-14 + high * 1e-12) {
    const middle = (low + high) / 2
    if (regularisedBeta(middle, a, b) < target) low = middle
    else high = middle
  }
  return { low, high }
}
