import { figureOf } from '../../shared/verdict/figure.ts'
import type { Finding } from '../../shared/verdict/finding.ts'

/** Value and interval of a finding for a table cell: `12.3 ms (8.1..16.5)`; `-` where none. */
export function valueText(finding: Finding): string {
  if (finding.value === null) return '-'
  const text = (value: number) => figureOf(value, finding)
  const value = `${text(finding.value)}${UNITS[finding.unit]}`
  if (finding.interval === null) return value
  const [low, high] = finding.interval.map(text)
  return low === high ? value : `${value} (${low}..${high})`
}

/** The limit with its comparison: `< 150 ms`, `<= 1 %`; `-` where none. */
export function limitText(finding: Finding): string {
  if (finding.limit === null) return '-'
  const op = finding.op === 'none' ? '' : `${finding.op} `
  return `${op}${figureOf(finding.limit, finding)}${UNITS[finding.unit]}`
}

const UNITS = { ms: ' ms', ratio: ' %', dscp: '', 'kbit/s': ' kbit/s', none: '' } as const
