import { dscpName } from './dscp-name.ts'
import { figureOf } from './figure.ts'
import type { Finding, Judgement } from './finding.ts'
import { REASONS } from './reasons.ts'

/**
 * Findings as short text, for tables of 100 columns: the same words at the CLI and the collector.
 * Widths: value at most 30, limit 10, place 14.
 */

type Measured = Pick<Finding, 'value' | 'interval' | 'unit' | 'limit'>

/** `96.1 ms [92.0, 100]`, `0.42 % [0.11, 0.98]`, `EF (46)`; `-` where nothing was measured. */
export function formatValue(finding: Measured): string {
  const { value, interval, unit } = finding
  if (unit === 'dscp') return value === null ? '-' : `${dscpName(value)} (${value})`
  const range = interval === null ? '' : rangeText(finding, interval)
  if (value === null) return range === '' ? '-' : `${range} ${unitText(unit)}`
  const wide = range !== '' && interval !== null && interval[0] !== interval[1]
  return `${figureOf(value, finding)} ${unitText(unit)}${wide ? ` ${range}` : ''}`.trimEnd()
}

/** `< 150 ms`, `<= 1 %`, `== EF (46)`; empty where the line has no limit. */
export function formatLimit(finding: Pick<Finding, 'limit' | 'unit' | 'op'>): string {
  const { limit, unit, op } = finding
  if (limit === null || op === 'none') return ''
  if (unit === 'dscp') return `${op} ${dscpName(limit)} (${limit})`
  return `${op} ${figureOf(limit, finding)} ${unitText(unit)}`.trimEnd()
}

/** `primary out`, `secondary`, or `-` for a line that has no place. */
export function formatPlace(finding: Pick<Finding, 'leg' | 'farEnd'>): string {
  const parts = [finding.farEnd, finding.leg].filter((part) => part !== 'none')
  return parts.length === 0 ? '-' : parts.join(' ')
}

/** What the reason means, with what was found. */
export function explainFinding(finding: Pick<Finding, 'reason' | 'detail'>): string {
  const { means } = REASONS[finding.reason]
  return finding.detail === '' ? means : `${means} (${finding.detail})`
}

/** ` in VRN-3 alone` of a judgement that was narrowed to some lines; empty of a whole one. */
export function aloneText({ onlyLines }: Pick<Judgement, 'onlyLines'>): string {
  if (onlyLines === null) return ''
  const named = onlyLines.length <= 4 ? onlyLines.join(', ') : `${onlyLines.length} lines`
  return ` in ${named} alone`
}

/** Whether other statistics would have decided alike: `mean pass, max fail`; empty when all agree. */
export function formatAlternatives(finding: Pick<Finding, 'verdict' | 'alternatives'>): string {
  return finding.alternatives
    .filter(({ verdict }) => verdict !== finding.verdict)
    .map(({ statistic, verdict }) => `${statistic} ${verdict}`)
    .join(', ')
}

function rangeText(finding: Measured, [low, high]: readonly [number, number]): string {
  return `[${figureOf(low, finding)}, ${figureOf(high, finding)}]`
}

function unitText(unit: Finding['unit']): string {
  return unit === 'ratio' ? '%' : unit === 'none' ? '' : unit
}
