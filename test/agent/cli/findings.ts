import type { Finding, Judgement } from '../../../shared/verdict/finding.ts'

/** A finding that passes, changed as asked. */
export function finding(change: Partial<Finding> = {}): Finding {
  return {
    ...{ id: 'VRN-3', title: 'One-way delay', leg: 'out', farEnd: 'primary', required: true },
    ...{ verdict: 'pass', reason: 'within-limit', detail: '', value: 12.34, interval: [8.1, 16.5] },
    ...{ unit: 'ms', limit: 150, op: '<', statistic: 'p95', n: 3000, alternatives: [], advice: '' },
    ...change,
  } as Finding
}

export function judgementOf(
  findings: readonly Finding[],
  overall: Judgement['overall'],
): Judgement {
  const count = (verdict: Finding['verdict']) =>
    findings.filter((one) => one.verdict === verdict).length
  return {
    overall,
    profile: { id: 'pureconnect-rcm', version: '1.0.0', sha256: 'a'.repeat(64) },
    ...{ from: 0, to: 60_000, onlyLines: null, findings },
    counts: {
      pass: count('pass'),
      fail: count('fail'),
      inconclusive: count('inconclusive'),
      'not-tested': count('not-tested'),
    },
  }
}
