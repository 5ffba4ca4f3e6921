import { memo } from 'preact/compat'
import type { Verdicts } from '../answers.ts'
import { utc } from '../words.ts'
import { Days, Label, Mark } from './picture.tsx'
import { TimeReader } from './reader.tsx'
import type { Scale } from './scale.ts'

const HEIGHT = 13

/** How high a word stands, and its colour; the worst last: it is drawn above the others. */
const BARS = {
  pass: [0.3, 'var(--pass)'],
  'not-tested': [0.12, 'var(--not-tested)'],
  inconclusive: [0.65, 'var(--inconclusive)'],
  fail: [1, 'var(--fail)'],
  READY: [0.3, 'var(--pass)'],
  'CANNOT SAY': [0.65, 'var(--inconclusive)'],
  'NOT READY': [1, 'var(--fail)'],
} as const
const ORDER = Object.keys(BARS)

/** What a line, or the site, came to for a time. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly word: keyof typeof BARS
  readonly why: string
}
type Named = readonly [name: string, stretches: readonly Stretch[]]

interface StripsProps {
  readonly verdicts: Verdicts
  readonly scale: Scale
}

/** What every line came to over time. A line stands here when it ever was more than not tested. */
export function Strips({ verdicts, scale }: StripsProps) {
  const named = namedStretches(verdicts)
  // What is not among those shown may have been judged all the same.
  const unknown = verdicts.truncated ? 'not judged, or not shown' : 'not judged'
  return (
    <div class="plots">
      <h3>Lines</h3>
      <p class="readout">
        Full height: fail or not ready. Two thirds: inconclusive. One third: pass. A thin line: not
        tested.
      </p>
      <TimeReader
        scale={scale}
        label="What every line came to over time"
        textAt={(step) => linesAt(named, scale.from + step * scale.stepMs, unknown)}
        pictures={(step) =>
          named.map(([name, stretches]) => (
            <svg
              key={name}
              width={scale.width}
              height={HEIGHT + 4}
              role="img"
              aria-label={`${name} over time`}
            >
              <Strip name={name} stretches={stretches} scale={scale} />
              <Mark scale={scale} step={step} height={HEIGHT + 4} />
            </svg>
          ))
        }
      />
      {verdicts.truncated && <p class="readout">There were more changes than are shown here.</p>}
    </div>
  )
}

function namedStretches({ intervals, overall }: Verdicts): Named[] {
  const lines = new Map<string, Stretch[]>()
  for (const { id, from, to, verdict, meaning, reason, ...place } of intervals) {
    const where = [place.leg, place.farEnd, place.segment].filter((one) => one && one !== 'none')
    const why = `${where.length > 0 ? `${where.join(' ')}: ` : ''}${meaning || reason}`
    const one = { from: Date.parse(from), to: Date.parse(to), word: verdict, why }
    lines.set(id, [...(lines.get(id) ?? []), one])
  }
  const site = overall.map(({ from, to, overall: word, cause: why }) => ({
    ...{ from: Date.parse(from), to: Date.parse(to), word, why },
  }))
  const shown = [...lines]
    .filter(([, stretches]) => stretches.some(({ word }) => word !== 'not-tested'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return [['whole site', site], ...shown]
}

interface StripProps {
  readonly name: string
  readonly stretches: readonly Stretch[]
  readonly scale: Scale
}

/** Not drawn anew while it is read. Of legs and far ends the worst is on top. */
const Strip = memo(({ name, stretches, scale }: StripProps) => (
  <>
    <Label x={0} y={HEIGHT - 2} fill="var(--ink)">
      {name}
    </Label>
    <Days scale={scale} height={HEIGHT} />
    {[...stretches].sort(byWord).map(({ from, to, word, why }) => {
      const [share, fill] = BARS[word]
      const width = Math.max(1, scale.x(to) - scale.x(from))
      const times = [from, to].map((ms) => utc(new Date(ms).toISOString()))
      return (
        <rect
          key={`${from} ${why}`}
          x={scale.x(from)}
          width={width}
          y={HEIGHT * (1 - share)}
          height={HEIGHT * share}
          fill={fill}
        >
          <title>{`${times.join(' to ')}: ${word}, ${why}`}</title>
        </rect>
      )
    })}
  </>
))

function byWord(a: Stretch, b: Stretch): number {
  return ORDER.indexOf(a.word) - ORDER.indexOf(b.word)
}

/** The worst of each line at a time, in words; those that pass by their names alone. */
function linesAt(named: readonly Named[], ms: number, unknown: string): string {
  const passed: string[] = []
  const told: string[] = []
  for (const [name, stretches] of named) {
    const worst = stretches
      .filter(({ from, to }) => from <= ms && ms < to)
      .sort(byWord)
      .at(-1)
    if (worst === undefined) told.push(`${name} ${unknown}`)
    else if (worst.word === 'pass') passed.push(name)
    else told.push(`${name} ${worst.word}${worst.why ? `, ${worst.why}` : ''}`)
  }
  return [...told, ...(passed.length > 0 ? [`pass: ${passed.join(', ')}`] : [])].join('; ')
}
