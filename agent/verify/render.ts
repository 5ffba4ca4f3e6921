import { counted } from '../../shared/counted.ts'
import { askedBy, unjudged, wordOf } from '../../shared/evidence/seen-runs.ts'
import type { Verification } from '../../shared/evidence/verify.ts'
import { utc } from '../../shared/evidence/verify-entries.ts'
import type { Item, Severity } from '../../shared/evidence/verify-items.ts'
import { grouped } from '../../shared/grouped.ts'
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

/** Quarter hours that follow each other and of which the same is to be said are said once: a month has 2,976. */
function intervals(found: Verification): string[] {
  const runs: { from: number; to: number; count: number; said: string[] }[] = []
  for (const one of found.intervals) {
    const said = saidOf(one)
    const last = runs.at(-1)
    if (last !== undefined && last.to === one.from && last.said.join('\n') === said.join('\n')) {
      last.to = one.to
      last.count += 1
    } else runs.push({ from: one.from, to: one.to, count: 1, said })
  }
  return runs.flatMap(({ from, to, count, said: [word = '', ...rest] }) => {
    const until = count === 1 ? '' : ` to ${utc(to).slice(0, 16)}, ${count} quarter hours, each`
    return [`${utc(from).slice(0, 16)}${until}  ${word}`, ...rest]
  })
}

function saidOf(one: Verification['intervals'][number]): string[] {
  const failing = one.failing.length === 0 ? '' : `: ${one.failing.join(', ')} fail`
  const word = one.overall ?? 'cannot be recomputed'
  return [
    `${word}${failing}`,
    ...(one.proven.length === 0 ? [] : [`    proven: ${one.proven.join('; ')}`]),
    ...(one.claimed.length === 0 ? [] : [`    claimed: ${one.claimed.join('; ')}`]),
    ...(one.missing.length === 0 ? [] : [`    missing: ${one.missing.join('; ')}`]),
  ]
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

/** Of one kind so many are shown: without keys each of a month's 43,200 records would say that it is unproven. */
const MOST_OF_A_KIND = 10

function items(all: readonly Item[]): string[] {
  if (all.length === 0) return ['nothing else to say']
  return ORDER.flatMap((severity) => {
    const own = all.filter((one) => one.severity === severity)
    return [...grouped(own, ({ code }) => code)].flatMap(([code, same]) => {
      const line = ({ where, what }: Item) => `${severity} ${code}: ${where}: ${what}`
      const between = same.length - MOST_OF_A_KIND
      if (between <= 0) return same.map(line)
      // The last one, too: it may say that more was not even read.
      return [
        ...same.slice(0, MOST_OF_A_KIND - 1).map(line),
        `${severity} ${code}: and ${between} more like these; all of them: --json`,
        ...same.slice(-1).map(line),
      ]
    })
  })
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
