import type { Finding } from '../../shared/verdict/finding.ts'

/** Value and interval of a finding for a table cell: `12.3 ms (8.1..16.5)`; `-` where none. */
export function valueText(finding: Finding): string {
  if (finding.value === null) return '-'
  const value = quantity(finding.value, finding.unit)
  if (finding.interval === null) return value
  const [low, high] = finding.interval.map((end) => bare(end, finding.unit))
  return low === high ? value : `${value} (${low}..${high})`
}

/** The limit with its comparison: `< 150 ms`, `<= 1 %`; `-` where none. */
export function limitText(finding: Finding): string {
  if (finding.limit === null) return '-'
  const op = finding.op === 'none' ? '' : `${finding.op} `
  return `${op}${quantity(finding.limit, finding.unit)}`
}

const UNITS = { ms: ' ms', ratio: ' %', dscp: '', 'kbit/s': ' kbit/s', none: '' } as const

function quantity(value: number, unit: Finding['unit']): string {
  return `${bare(value, unit)}${UNITS[unit]}`
}

function bare(value: number, unit: Finding['unit']): string {
  if (unit === 'ratio') return rounded(value * 100)
  return unit === 'dscp' ? String(value) : rounded(value)
}

/** Three figures that count, never in powers of ten; what is below a thousandth is shown so. */
function rounded(value: number): string {
  if (value === 0) return '0'
  if (Math.abs(value) < 0.001) return value > 0 ? '<0.001' : '>-0.001'
  const places = Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(Math.abs(value)))))
  return String(Number(value.toFixed(places)))
}
