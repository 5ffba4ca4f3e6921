import { useEffect, useState } from 'preact/hooks'
import type { Months, Pin, PinRows } from './answers.ts'
import { askMonths, askPinRows, askPins } from './api.ts'

const EVERY_MS = 60_000
/** So many of the newest are looked at. */
const SHOWN = 10

/** A pin, and what became of the raw rows of its time; null: released, or it could not be looked at. */
export interface PinLooked {
  readonly pin: Pin
  readonly rows: PinRows | null
}

export interface Looked {
  readonly months: Months
  readonly pins: {
    /** Newest first. */
    readonly shown: readonly PinLooked[]
    readonly older: number
  }
}

const NOTHING: Looked = { months: [], pins: { shown: [], older: 0 } }

/** Months and pins of a site, looked at again and again while somebody has them open. */
export function useLooked(site: string, isOpen: boolean): Looked {
  const [looked, tell] = useState(NOTHING)
  useEffect(() => {
    if (!isOpen) return
    let isWanted = true
    const look = () =>
      void lookAt(site)
        .then((found) => isWanted && tell(found))
        .catch(() => {})
    look()
    const timer = setInterval(look, EVERY_MS)
    return () => {
      isWanted = false
      clearInterval(timer)
    }
  }, [site, isOpen])
  return looked
}

async function lookAt(site: string): Promise<Looked> {
  const [months, pins] = await Promise.all([askMonths(site).catch(() => []), askPins(site)])
  const newest = pins.toReversed().slice(0, SHOWN)
  const shown = await Promise.all(
    newest.map(async (pin) => ({
      pin,
      rows: pin.releasedAt === null ? await askPinRows(site, pin.id).catch(() => null) : null,
    })),
  )
  return { months, pins: { shown, older: pins.length - shown.length } }
}
