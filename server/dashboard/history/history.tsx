import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Timeline, Verdicts } from '../answers.ts'
import { PlacePlots } from './plot.tsx'
import { scaleOf } from './scale.ts'
import { Strips } from './strips.tsx'

/** Narrower it is not drawn: it scrolls then. */
const LEAST_WIDTH = 360

interface HistoryBoxProps {
  readonly timeline: Timeline
  readonly verdicts: Verdicts
}

/** A site's last seven days. */
export function HistoryBox({ timeline, verdicts }: HistoryBoxProps) {
  const box = useRef<HTMLDetailsElement>(null)
  const width = useWidth(box)
  const scale = useMemo(() => scaleOf(timeline, Math.max(LEAST_WIDTH, width)), [timeline, width])
  const isEmpty = timeline.places.length === 0 && verdicts.overall.length === 0
  return (
    <details class="history" ref={box} open>
      <summary>The last seven days</summary>
      {isEmpty ? (
        <p class="quiet">
          Nothing yet: a quarter hour shows here one and a half minutes after its end.
        </p>
      ) : (
        <>
          <p class="legend">
            <span class="key out">out →</span>
            <span class="key back">← back</span>
            <span class="key limit">limit</span>
            <span class="key gap">not seen</span>
            <span class="quiet">quarter hours, UTC</span>
          </p>
          {timeline.places.map((place) => (
            <PlacePlots
              key={`${place.farEnd} ${place.segment}`}
              timeline={timeline}
              place={place}
              scale={scale}
            />
          ))}
          <Strips verdicts={verdicts} scale={scale} />
        </>
      )}
    </details>
  )
}

/** How wide what stands inside of a box may be, as it is now. */
function useWidth(box: { readonly current: HTMLElement | null }): number {
  const [width, tell] = useState(0)
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const seen = new ResizeObserver(([entry]) => {
      if (entry !== undefined) tell(Math.floor(entry.contentRect.width))
    })
    seen.observe(element)
    return () => seen.disconnect()
  }, [box])
  return width
}
