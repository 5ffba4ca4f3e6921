import type { Finding, Overall, Verdict } from './finding.ts'

/**
 * What findings add up to. Any fail on a required line: NOT READY. Else anything not decided on a
 * required line: CANNOT SAY. Else READY, but only where a required line has passed at all: nothing
 * judged is nothing proven.
 */
export function rollUp(findings: readonly Pick<Finding, 'required' | 'verdict'>[]): Overall {
  const required = findings.filter((finding) => finding.required)
  if (required.some(({ verdict }) => verdict === 'fail')) return 'NOT READY'
  if (required.length === 0 || required.some(({ verdict }) => verdict !== 'pass'))
    return 'CANNOT SAY'
  return 'READY'
}

/** How many findings have each verdict, required or not. */
export function countVerdicts(findings: readonly Pick<Finding, 'verdict'>[]): {
  readonly [V in Verdict]: number
} {
  const counts = { pass: 0, fail: 0, inconclusive: 0, 'not-tested': 0 }
  for (const { verdict } of findings) counts[verdict]++
  return counts
}

const ORDER: readonly Verdict[] = ['fail', 'inconclusive', 'not-tested', 'pass']

/** Worst first; within a verdict required lines first, then in the profile's own order. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) =>
      ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) ||
      Number(b.required) - Number(a.required),
  )
}
