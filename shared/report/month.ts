import { INTERVAL_MS } from '../clock.ts'
import { counted } from '../counted.ts'
import { SESSION_LOST } from '../record/observation.ts'
import { explainFinding, formatLimit, formatValue } from '../verdict/describe.ts'
import type { Verdict } from '../verdict/finding.ts'
import type { Digest } from './digest.ts'
import { type Block, type Cell, cells, type TableBlock, verdictCell } from './document.ts'
import type { HeatCell, HeatMap, HeatRow } from './heat-map.ts'
import { floored } from './method.ts'
import { runsOf } from './time-plot.ts'
import { type LineTime, WORST, worse } from './timeline.ts'
import { isMeasured, isVoice, placeText } from './voice.ts'
import { length, span, stamp, type Zone } from './zone.ts'

/** The calendar month `2026-10` of a zone. Null: no month. */
export function monthSpan(
  month: string,
  zone: Zone,
): { readonly fromMs: number; readonly toMs: number } | null {
  if (!/^[12]\d{3}-(0[1-9]|1[0-2])$/.test(month)) return null
  const noon = Date.parse(`${month}-15T12:00:00Z`)
  const inside = (ms: number) => zone.parts(ms).day.startsWith(month)
  const edge = (step: number) => {
    let at = noon
    while (inside(at)) at += step
    return at
  }
  return { fromMs: edge(-INTERVAL_MS) + INTERVAL_MS, toMs: edge(INTERVAL_MS) }
}

const MINUTES = INTERVAL_MS / 60_000

/** Minutes of the month by clause and leg. */
export function clauseTable(digest: Digest, zone: Zone): TableBlock {
  const minutes = (count: number) => (count * MINUTES).toLocaleString('en')
  return {
    kind: 'table',
    caption: 'Minutes, in quarter hours that were judged each for itself',
    columns: [
      { title: 'Line', share: 22 },
      { title: 'Where', share: 18 },
      { title: 'Month', share: 17 },
      { title: 'Pass', share: 12 },
      { title: 'Fail', share: 10 },
      { title: 'Cannot say', share: 15 },
      { title: 'Not tested', share: 16 },
      { title: 'Worst quarter hour', share: 44 },
    ],
    rows: digest.lines.filter(isVoice).map((line) => {
      const { counts, verdicts } = line
      const unjudged = verdicts.filter((verdict) => verdict === null).length
      return cells(
        { text: line.id, below: line.title },
        placeText(line),
        verdictCell(line.verdict, line.required ? '' : 'not required'),
        minutes(counts.pass),
        minutes(counts.fail),
        minutes(counts.inconclusive),
        {
          text: minutes(counts['not-tested']),
          below: line.leg === 'either' || unjudged === 0 ? '' : `${minutes(unjudged)} not judged`,
        },
        loudestCell(line, digest, zone),
      )
    }),
  }
}

/** The figure that speaks loudest; where it does not tell the verdict by itself, what does. */
function loudestCell({ worst: { finding, step } }: LineTime, digest: Digest, zone: Zone): Cell {
  const at = stamp(digest.quarters[step]?.from ?? 0, zone)
  const told = finding.verdict === 'pass' || finding.reason === 'over-limit'
  const why = told ? '' : `: ${explainFinding(finding)}`
  return { text: formatValue(finding), below: `${formatLimit(finding)} at ${at}${why}`.trim() }
}

/** What a quarter hour came to, of the measured required lines of a far end (or of both). */
export function voiceAt({ lines }: Digest, step: number, farEnd?: string): Verdict {
  const here = lines
    .filter(
      (line) =>
        isMeasured(line) && line.required && (farEnd === undefined || line.farEnd === farEnd),
    )
    .flatMap((line) =>
      line.leg === 'either' && line.verdicts[step] === null ? [] : [line.verdicts[step]],
    )
  const found = new Set(here.map((one) => one ?? 'not-tested'))
  return WORST.find((verdict) => found.has(verdict)) ?? 'not-tested'
}

/** Day x hour, for each data centre. */
export function heatMaps(digest: Digest, zone: Zone): readonly Block[] {
  return (['primary', 'secondary'] as const).map((farEnd): Block => {
    const days = new Map<string, (HeatCell | null)[]>()
    digest.quarters.forEach(({ from }, step) => {
      const { day, hour } = zone.parts(from)
      const hours = days.get(day) ?? Array.from({ length: 24 }, () => null)
      const found = voiceAt(digest, step, farEnd)
      const before = hours[hour] ?? null
      if (before === null || worse(found, before)) hours[hour] = found
      days.set(day, hours)
    })
    const rows = [...days].map(([day, hours]): HeatRow => ({ day, hours }))
    const note =
      'Each cell is the worst of its four quarter hours, of delay, jitter, loss and mark on both legs.'
    const heat: HeatMap = { title: `${farEnd}: day by hour, ${zone.name}`, rows, note }
    return { kind: 'heat', heat }
  })
}

const NO_ANSWER: readonly string[] = ['no reply', 'refused', ...SESSION_LOST]

const MOST_SILENT = 60

/** Continuous times in which a standard was not met, and those in which a far end did not answer. */
export function outageBlocks(digest: Digest, zone: Zone): readonly Block[] {
  const [runs, silent] = [failedRows(digest, zone), silentRows(digest, zone)]
  if (runs.length + silent.length === 0) {
    const text = 'None: no measured standard failed in a quarter hour that was seen.'
    return [{ kind: 'text', text }]
  }
  const rest = silent.length - MOST_SILENT
  const more = `and ${rest} more times without an answer`
  return [
    {
      kind: 'table',
      caption: 'By start; whether a credit is due is not said here',
      columns: [
        { title: 'Time', share: 30 },
        { title: 'Length', share: 14 },
        { title: 'What', share: 20 },
        { title: 'Lines, and the worst value', share: 52 },
      ],
      rows: [...runs, ...silent.slice(0, MOST_SILENT)],
    },
    ...(rest > 0 ? [{ kind: 'text' as const, text: more }] : []),
  ]
}

function failedRows(digest: Digest, zone: Zone): readonly (readonly Cell[])[] {
  const { quarters } = digest
  const measured = digest.lines.filter((line) => isMeasured(line) && line.required)
  const failing = quarters.map((_, step) =>
    measured.some(({ verdicts }) => verdicts[step] === 'fail'),
  )
  return runsOf(failing, (fails) => fails).map(([first, beyond]) => {
    const [from, to] = [quarters[first]?.from ?? 0, quarters[beyond - 1]?.to ?? 0]
    const lines = measured
      .filter(({ verdicts }) => verdicts.slice(first, beyond).includes('fail'))
      .map((line) => `${line.id} ${placeText(line)}: ${worstIn(line, first, beyond)}`)
    const what: Cell = { text: 'standards not met', tone: 'fail' }
    return cells(span(from, to, zone), length(to - from), what, lines.join('; '))
  })
}

function silentRows({ coverage }: Digest, zone: Zone): readonly (readonly Cell[])[] {
  const what: Cell = { text: 'no answer', tone: 'inconclusive' }
  return coverage.flatMap(({ farEnd, holes }) =>
    holes
      .filter(({ cause }) => NO_ANSWER.includes(cause))
      .map(({ from, to, cause }) =>
        cells(span(from, to, zone), length(to - from), what, `${farEnd}: ${cause}`),
      ),
  )
}

function worstIn({ values, high, worst }: LineTime, first: number, beyond: number): string {
  const seen = values.slice(first, beyond).map((value, at) => value ?? high[first + at] ?? null)
  const known = seen.filter((value) => value !== null)
  if (known.length === 0) return 'no value'
  const { unit, limit } = worst.finding
  return formatValue({ value: Math.max(...known), interval: null, unit, limit })
}

/** The worst quarter hours of the month, line by line, and the times that nobody saw. */
export function coverageBlocks({ coverage, fromMs, toMs }: Digest, zone: Zone): readonly Block[] {
  const all = toMs - fromMs
  return coverage.flatMap(({ farEnd, seenMs, holes }): Block[] => {
    const seen = seenMs.reduce((sum, ms) => sum + ms, 0)
    const text = `${farEnd}: ${floored((100 * seen) / all)} % of the time was seen; ${counted(holes.length, 'gap')}, ${length(all - seen)} together.`
    const longest = [...holes].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, 25)
    const rows = longest
      .sort((a, b) => a.from - b.from)
      .map(({ from, to, cause }) => cells(span(from, to, zone), length(to - from), cause))
    const columns = [
      { title: 'Time', share: 40 },
      { title: 'Length', share: 15 },
      { title: 'Cause', share: 45 },
    ]
    const caption =
      holes.length > rows.length
        ? `The ${rows.length} longest gaps to ${farEnd}`
        : `Gaps to ${farEnd}`
    const table: Block[] = rows.length === 0 ? [] : [{ kind: 'table', caption, columns, rows }]
    return [{ kind: 'text', text }, ...table]
  })
}
