import { counted } from '../../shared/counted.ts'
import { askedBy, unjudged, wordOf } from '../../shared/evidence/seen-runs.ts'
import type { Verification } from '../../shared/evidence/verify.ts'
import { utc } from '../../shared/evidence/verify-entries.ts'
import type { Item, Severity } from '../../shared/evidence/verify-items.ts'
import { terminalLine } from '../../shared/terminal-text.ts'

const WIDTH = 100
const ORDER: readonly Severity[] = ['invalid', 'suspicious', 'missing', 'note']

/** A report for a person, at most 100 columns wide: the word, the intervals, then all that was found. */
export function renderVerification(found: Verification, file: string, sha256: string): string {
  const head = [
    `${file}`,
    `sha256 ${sha256}`,
    `site ${found.site}, ${utc(found.from)} to ${utc(found.to)}, log ${found.origin}`,
    [
      counted(found.records, 'record'),
      counted(found.entries, 'entry', 'entries'),
      counted(found.checkpoints, 'checkpoint'),
    ].join(', '),
    '',
    conclusion(found),
    '',
  ]
  return [...head, ...intervals(found), '', ...looks(found), ...items(found.items), '']
    .flatMap((line) => wrap(line))
    .join('\n')
}

function conclusion(found: Verification): string {
  if (!found.valid) return 'INVALID: this is not what was signed and logged; see below'
  if (found.complete)
    return 'VERIFIED: what is signed holds under the keys given; nothing is missing'
  return 'VERIFIED IN PART: nothing is invalid; what is missing or needs an explanation is below'
}

function intervals(found: Verification): string[] {
  return found.intervals.flatMap((one) => {
    const failing = one.failing.length === 0 ? '' : `: ${one.failing.join(', ')} fail`
    const word = one.overall ?? 'cannot be recomputed'
    return [
      `${utc(one.from).slice(0, 16)}  ${word}${failing}`,
      ...(one.proven.length === 0 ? [] : [`    proven: ${one.proven.join('; ')}`]),
      ...(one.claimed.length === 0 ? [] : [`    claimed: ${one.claimed.join('; ')}`]),
      ...(one.missing.length === 0 ? [] : [`    missing: ${one.missing.join('; ')}`]),
    ]
  })
}

/** Checks that were asked for: each for itself, on whose word, and who asked. */
function looks({ looks: all }: Verification): string[] {
  const lines = all.flatMap(({ run, agent, judgement, why, signed }) => {
    const failed = judgement?.findings.filter(({ verdict }) => verdict === 'fail') ?? []
    const failing = [...new Set(failed.map(({ id }) => id))].join(', ')
    const word = judgement?.overall ?? unjudged(run, why)
    const only = run.lines === undefined ? '' : ` of ${run.lines.join(', ')} alone`
    const head = `${utc(run.from)}  ${run.kind} ${run.id.slice(0, 8)}${only}: ${word}`
    return [
      `${head}${failing === '' ? '' : `: ${failing} fail`}`,
      `    ${askedBy(run)}, at ${agent}; ${wordOf(run, signed)}; decides no quarter hour`,
    ]
  })
  return lines.length === 0 ? [] : ['checks that were asked for', ...lines, '']
}

function items(all: readonly Item[]): string[] {
  if (all.length === 0) return ['nothing else to say']
  return ORDER.flatMap((severity) =>
    all
      .filter((item) => item.severity === severity)
      .map((item) => `${severity} ${item.code}: ${item.where}: ${item.what}`),
  )
}

/** A line as lines of at most 100 columns, those after the first indented. */
export function wrap(line: string): string[] {
  const lines: string[] = []
  let rest = terminalLine(line)
  while (rest.length > WIDTH) {
    const space = rest.lastIndexOf(' ', WIDTH)
    const cut = space > 20 ? space : WIDTH
    lines.push(rest.slice(0, cut))
    rest = `      ${rest.slice(cut).trimStart()}`
  }
  return [...lines, rest]
}
