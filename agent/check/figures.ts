import type { Finding } from '../../shared/verdict/finding.ts'

/** Value and interval of a finding for a table cell: `12.3 ms (8.1..16.5)`; `-` where none. */
export function valueText(finding: Finding): string {
  if (finding.value === null) return '-'
  const scale = SCALE[finding.unit]
  const text = (value: number) => rounded(value * scale, (finding.limit ?? Number.NaN) * scale)
  const value = `${text(finding.value)}${UNITS[finding.unit]}`
  if (finding.interval === null) return value
  const [low, high] = finding.interval.map(text)
  return low === high ? value : `${value} (${low}..${high})`
}

/** The limit with its comparison: `< 150 ms`, `<= 1 %`; `-` where none. */
export function limitText(finding: Finding): string {
  if (finding.limit === null) return '-'
  const op = finding.op === 'none' ? '' : `${finding.op} `
  const limit = Number((finding.limit * SCALE[finding.unit]).toPrecision(6))
  return `${op}${limit}${UNITS[finding.unit]}`
}

const UNITS = { ms: ' ms', ratio: ' %', dscp: '', 'kbit/s': ' kbit/s', none: '' } as const
const SCALE = { ms: 1, ratio: 100, dscp: 1, 'kbit/s': 1, none: 1 } as const
const MOST_PLACES = 6

/**
 * Three figures that count, never in powers of ten; more of them where fewer would show a value as
 * equal to the limit that it only comes near.
 */
function rounded(value: number, limit: number): string {
  if (value === 0) return '0'
  if (Math.abs(value) < 0.001) return value > 0 ? '<0.001' : '>-0.001'
  const near = Math.max(0, Math.min(3, 2 - Math.floor(Math.log10(Math.abs(value)))))
  for (let places = near; places < MOST_PLACES; places++) {
    const shown = Number(value.toFixed(places))
    if (shown !== limit || value === limit) return String(shown)
  }
  return String(Number(value.toFixed(MOST_PLACES)))
}
