import { DAY_MS } from '../words.ts'
import { RIGHT, type Scale } from './scale.ts'

/** Room that the name of a day needs. */
const DAY_WIDTH = 46

interface DaysProps {
  readonly scale: Scale
  readonly height: number
  readonly named?: boolean
}

/** A line where each day (UTC) begins; named: as many as there is room for, and the same ones at every drawing. */
export function Days({ scale, height, named = false }: DaysProps) {
  const { from, to, x } = scale
  const last = x(to)
  const every = Math.ceil(DAY_WIDTH / (((last - x(from)) * DAY_MS) / (to - from)))
  const days: number[] = []
  for (let at = Math.ceil(from / DAY_MS) * DAY_MS; at < to; at += DAY_MS) days.push(at)
  return (
    <>
      {days.map((at) => (
        <line key={at} x1={x(at)} x2={x(at)} y1={0} y2={height} stroke="var(--line)" />
      ))}
      {days
        .filter((at) => named && (at / DAY_MS) % every === 0 && x(at) + DAY_WIDTH <= last + RIGHT)
        .map((at) => (
          <Label key={at} x={x(at) + 3} y={height + 12}>
            {new Date(at).toUTCString().slice(0, 7).replace(',', '')}
          </Label>
        ))}
    </>
  )
}

interface LabelProps {
  readonly x: number
  readonly y: number
  readonly fill?: string
  readonly anchor?: 'start' | 'end'
  readonly children: string
}

/** Small text of a picture. */
export function Label({ x, y, fill = 'var(--quiet)', anchor = 'start', children }: LabelProps) {
  return (
    <text x={x} y={y} font-size={11} fill={fill} text-anchor={anchor}>
      {children}
    </text>
  )
}

interface MarkProps {
  readonly scale: Scale
  readonly step: number | null
  readonly height: number
}

/** The line of the time that is being read. */
export function Mark({ scale, step, height }: MarkProps) {
  if (step === null) return null
  const x = scale.x(scale.from + (step + 0.5) * scale.stepMs).toFixed(1)
  return <line class="at" x1={x} x2={x} y1={0} y2={height} stroke="var(--mark)" />
}
