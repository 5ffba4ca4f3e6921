import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { DAY_MS, utc } from '../words.ts'
import { type Scale, stepAt } from './scale.ts'

const HINT = 'Point at a time, or go through it by arrow keys, to read its values.'

interface TimeReaderProps {
  readonly scale: Scale
  readonly label: string
  /** What is to be said of a step. */
  readonly textAt: (step: number) => string
  /** @param step that is read now; null: none is */
  readonly pictures: (step: number | null) => ComponentChildren
}

/**
 * Pictures over one time, read at one point of it: by pointer, or by keyboard, which moves it; what is
 * there is said.
 */
export function TimeReader({ scale, label, textAt, pictures }: TimeReaderProps) {
  const { read, kept, timeOf, handlers } = useReading(scale)
  return (
    <>
      <p class="readout" aria-live="polite">
        {read === null ? HINT : `${timeOf(read)}: ${textAt(read)}`}
      </p>
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={scale.points - 1}
        aria-valuenow={kept}
        aria-valuetext={timeOf(kept)}
        {...handlers}
      >
        {pictures(read)}
      </div>
    </>
  )
}

/** Which step is read, and what changes that. */
function useReading(scale: Scale) {
  const { from, stepMs, points } = scale
  // As an instant: it stays where it was while the time goes on beneath it.
  const [keptMs, keepMs] = useState<number | null>(null)
  const [pointed, point] = useState<number | null>(null)
  const [isFocused, focus] = useState(false)
  const within = (step: number) => Math.max(0, Math.min(points - 1, step))
  const kept = within(keptMs === null ? points - 1 : Math.floor((keptMs - from) / stepMs))
  const keep = (step: number) => keepMs(from + within(step) * stepMs)
  const handlers = {
    onPointerMove: (event: PointerEvent) => point(pointedAt(event, scale)),
    onPointerLeave: () => point(null),
    onPointerDown: (event: PointerEvent) => {
      const step = pointedAt(event, scale)
      if (step !== null) keep(step)
    },
    onFocus: () => focus(true),
    onBlur: () => focus(false),
    onKeyDown: (event: KeyboardEvent) => {
      const by = stepsBy(event, scale)
      if (by === null) return
      event.preventDefault()
      point(null)
      keep(kept + by)
    },
  }
  const timeOf = (step: number) => utc(new Date(from + step * stepMs).toISOString())
  return { read: pointed ?? (isFocused ? kept : null), kept, timeOf, handlers }
}

/** How far a key moves the reading; null: it does not. */
function stepsBy(event: KeyboardEvent, { stepMs, points }: Scale): number | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null
  const day = Math.round(DAY_MS / stepMs)
  const keys: { readonly [key: string]: number } = {
    ...{ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 },
    ...{ PageUp: day, PageDown: -day, Home: -points, End: points },
  }
  return keys[event.key] ?? null
}

function pointedAt(event: PointerEvent, scale: Scale): number | null {
  const face = event.currentTarget
  return face instanceof HTMLElement
    ? stepAt(scale, event.clientX - face.getBoundingClientRect().left)
    : null
}
