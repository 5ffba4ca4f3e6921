import { memo } from 'preact/compat'
import type { Finding, Place, Timeline } from '../answers.ts'
import { amount, LEGS } from '../words.ts'
import { Days, Label, Mark } from './picture.tsx'
import { TimeReader } from './reader.tsx'
import { LEFT, RIGHT, type Scale } from './scale.ts'

const HEIGHT = 78
const LEG_NAMES = ['out', 'back'] as const
type Leg = Place['out']

interface Spec {
  readonly of: 'delayMs' | 'jitterMs' | 'lossRatio'
  readonly title: string
  readonly unit: Finding['unit']
}
const SPECS: readonly Spec[] = [
  { of: 'delayMs', title: 'Delay, p95', unit: 'ms' },
  { of: 'jitterMs', title: 'Jitter, p95', unit: 'ms' },
  { of: 'lossRatio', title: 'Loss', unit: 'ratio' },
]

interface PlacePlotsProps {
  readonly timeline: Timeline
  readonly place: Place
  readonly scale: Scale
}

/** Delay, jitter and loss of a far end over time, both legs, against their limits; gaps as gaps. */
export function PlacePlots({ timeline, place, scale }: PlacePlotsProps) {
  const name = place.farEnd + (place.segment ? `, as far as ${place.segment}` : '')
  return (
    <div class="plots">
      <h3>{name}</h3>
      <TimeReader
        scale={scale}
        label={`Delay, jitter and loss over time, ${name}`}
        textAt={(step) =>
          LEG_NAMES.map((leg) => legAt(place[leg], leg, step, timeline.limits)).join('; ')
        }
        pictures={(step) =>
          SPECS.map((spec, at) => {
            const isLast = at === SPECS.length - 1
            const height = HEIGHT + (isLast ? 16 : 4)
            return (
              <svg
                key={spec.of}
                width={scale.width}
                height={height}
                role="img"
                aria-label={`${spec.title} to the ${place.farEnd} data centre, out and back`}
              >
                <Curves
                  place={place}
                  spec={spec}
                  limit={timeline.limits[spec.of]}
                  scale={scale}
                  named={isLast}
                />
                <Mark scale={scale} step={step} height={height} />
              </svg>
            )
          })
        }
      />
    </div>
  )
}

interface CurvesProps {
  readonly place: Place
  readonly spec: Spec
  readonly limit: number | null
  readonly scale: Scale
  readonly named: boolean
}

/** Not drawn anew while it is read. */
const Curves = memo(({ place, spec, limit, scale, named }: CurvesProps) => {
  const { of, title, unit } = spec
  const seen = [...place.out[of], ...place.back[of]].filter((value) => value !== null)
  const most = Math.max(0, ...seen)
  const wanted = Math.max(most * 1.08, (limit ?? 0) * 1.25) || 1
  const top = limit ? Math.min(wanted, limit * 4) : wanted
  const y = (value: number) => (HEIGHT - Math.min(1, value / top) * (HEIGHT - 2)).toFixed(1)
  const right = scale.width - RIGHT
  return (
    <>
      <Days scale={scale} height={HEIGHT} named={named} />
      <Gaps seconds={place.gapSeconds} scale={scale} />
      {LEG_NAMES.map((leg) => (
        <LegCurve key={leg} leg={leg} series={place[leg]} of={of} scale={scale} y={y} />
      ))}
      <line x1={LEFT} x2={right} y1={HEIGHT} y2={HEIGHT} stroke="var(--line)" />
      <Label x={0} y={12} fill="var(--ink)">
        {title}
      </Label>
      <Label x={LEFT + 4} y={10}>
        {(most > top ? '> ' : '') + amount(top, unit, null)}
      </Label>
      {limit !== null && <LimitLine limit={limit} unit={unit} y={y(limit)} right={right} />}
    </>
  )
})

interface LimitLineProps {
  readonly limit: number
  readonly unit: Spec['unit']
  readonly y: string
  readonly right: number
}

function LimitLine({ limit, unit, y, right }: LimitLineProps) {
  return (
    <>
      <line
        x1={LEFT}
        x2={right}
        y1={y}
        y2={y}
        stroke="var(--fail)"
        stroke-width={1.2}
        stroke-dasharray="7 4"
      />
      <Label x={LEFT - 6} y={Math.max(24, Number(y) + 4)} anchor="end" fill="var(--fail)">
        {`limit ${amount(limit, unit, limit)}`}
      </Label>
    </>
  )
}

interface LegCurveProps {
  readonly leg: (typeof LEG_NAMES)[number]
  readonly series: Leg
  readonly of: Spec['of']
  readonly scale: Scale
  readonly y: (value: number) => string
}

function LegCurve({ leg, series, of, scale, y }: LegCurveProps) {
  const colour = `var(--${leg})`
  return (
    <>
      {of === 'delayMs' && (
        <path
          d={bandPath(series.delayMsAtLeast, series.delayMs, scale, y)}
          fill={colour}
          opacity={0.15}
        />
      )}
      <path
        d={stepPath(series[of], scale, y)}
        fill="none"
        stroke={colour}
        stroke-width={1.5}
        stroke-dasharray={leg === 'back' ? '4 2' : 'none'}
      />
    </>
  )
}

/** Time of which nothing was seen: over the whole height, or at its foot where it was a part of a step. */
function Gaps({
  seconds,
  scale: { edge, stepMs },
}: {
  readonly seconds: Place['gapSeconds']
  readonly scale: Scale
}) {
  let whole = ''
  let part = ''
  for (const [step, gap] of seconds.entries()) {
    if (!gap) continue
    const to = `H${edge(step + 1)}V${HEIGHT}H${edge(step)}Z`
    if (gap * 1000 >= stepMs) whole += `M${edge(step)} 0${to}`
    else part += `M${edge(step)} ${HEIGHT - 4}${to}`
  }
  return (
    <>
      <path d={whole} fill="var(--gap)" />
      <path d={part} fill="var(--not-tested)" opacity={0.6} />
    </>
  )
}

type Values = readonly (number | null)[]

/** Each value holds for its whole step; where one is missing the line ends. */
function stepPath(values: Values, { edge }: Scale, y: (value: number) => string): string {
  let path = ''
  for (const [step, value] of values.entries()) {
    if (value === null) continue
    const joins = step > 0 && values[step - 1] !== null
    path += `${joins ? 'V' : `M${edge(step)} `}${y(value)}H${edge(step + 1)}`
  }
  return path
}

/** Between what it was at the least and at the most. */
function bandPath(
  lows: Values,
  highs: Values,
  { edge }: Scale,
  y: (value: number) => string,
): string {
  let path = ''
  for (const [step, high] of highs.entries()) {
    const low = lows[step] ?? null
    if (high === null || low === null || Number(y(low)) - Number(y(high)) < 1) continue
    path += `M${edge(step)} ${y(high)}H${edge(step + 1)}V${y(low)}H${edge(step)}Z`
  }
  return path
}

const WORDS: { readonly [letter: string]: string } = {
  p: 'pass',
  f: 'fail',
  i: 'inconclusive',
  n: 'not tested',
}

function legAt(series: Leg, leg: 'out' | 'back', step: number, limits: Timeline['limits']): string {
  const { delayMs, jitterMs, lossRatio, verdicts } = series
  const value = (values: Values) => values[step] ?? null
  if (value(delayMs) === null && value(jitterMs) === null) return `${leg} not seen`
  const words = Object.entries({
    ...{ delay: verdicts.delay, jitter: verdicts.jitter, loss: verdicts.loss },
    mark: verdicts.marking,
  }).map(([name, letters]) => `${name} ${WORDS[letters[step] ?? ''] ?? 'unknown'}`)
  const figures = [
    `delay ${amount(value(delayMs), 'ms', limits.delayMs)}`,
    `jitter ${amount(value(jitterMs), 'ms', limits.jitterMs)}`,
    `loss ${amount(value(lossRatio), 'ratio', limits.lossRatio)}`,
  ]
  return `${LEGS[leg]} ${figures.join(', ')} (${words.join(', ')})`
}
