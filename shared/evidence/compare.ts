import type { HeadsCompared } from './compare-heads.ts'
import type { Verification } from './verify.ts'

/** Two verified bundles, side by side. */
export interface Comparison {
  /** True when nothing is told apart: same log, same words for every quarter hour of both. */
  readonly same: boolean
  /** Whether both were shown one log. */
  readonly heads: HeadsCompared
  /** Why the two cannot be held against each other at all; empty: they can. */
  readonly apart: readonly string[]
  readonly intervals: readonly ComparedInterval[]
  /** What was found in one of the two only. */
  readonly onlyA: readonly string[]
  readonly onlyB: readonly string[]
}

export interface ComparedInterval {
  readonly from: number
  readonly to: number
  readonly a: Side
  readonly b: Side
  readonly same: boolean
}

/** What one bundle says of a quarter hour; null: it says nothing of it. */
export type Side = {
  readonly overall: string | null
  readonly records: number
  readonly failing: readonly string[]
} | null

/** Compares what two bundles prove; whoever calls this has verified both under the same keys. */
export function compareVerifications(
  a: Verification,
  b: Verification,
  heads: HeadsCompared,
): Comparison {
  const apart = [
    ...(a.site === b.site ? [] : [`sites ${a.site} and ${b.site}`]),
    ...(a.origin === b.origin ? [] : [`logs ${a.origin} and ${b.origin}`]),
    ...(a.valid ? [] : ['A is invalid']),
    ...(b.valid ? [] : ['B is invalid']),
  ]
  const nothing = { intervals: [], onlyA: [], onlyB: [] }
  if (a.site !== b.site) return { same: false, heads, apart, ...nothing }
  const starts = [...a.intervals, ...b.intervals].map(({ from }) => from)
  const intervals = [...new Set(starts)].sort((x, y) => x - y).map((from) => at(a, b, from))
  const [onlyA, onlyB] = [without(a, b), without(b, a)]
  const alike = apart.length === 0 && intervals.every(({ same }) => same)
  const same = alike && onlyA.length + onlyB.length === 0 && heads.word !== 'fork'
  return { same, heads, apart, intervals, onlyA, onlyB }
}

function at(a: Verification, b: Verification, from: number): ComparedInterval {
  const [inA, inB] = [a, b].map((one) => one.intervals.find((each) => each.from === from))
  const to = inA?.to ?? inB?.to ?? from
  const sides = { a: sideOf(inA), b: sideOf(inB) }
  return { from, to, ...sides, same: JSON.stringify(sides.a) === JSON.stringify(sides.b) }
}

function sideOf(one: Verification['intervals'][number] | undefined): Side {
  if (one === undefined) return null
  const { overall, records, failing } = one
  return { overall, records, failing }
}

function without(a: Verification, b: Verification): string[] {
  const lineOf = ({ severity, code, where, what }: Verification['items'][number]) =>
    `${severity} ${code}: ${where}: ${what}`
  const there = new Set(b.items.map(lineOf))
  return a.items.map(lineOf).filter((line) => !there.has(line))
}
