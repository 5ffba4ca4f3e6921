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

/** What was looked at last; null: nothing yet. `why` it cannot be looked at now; empty: it can. */
interface Looking {
  readonly looked: Looked | null
  readonly why: string
}

/** Months and pins of a site, looked at again and again while somebody has them open. */
export function useLooked(site: string, isOpen: boolean): Looking {
  const [looking, tell] = useState<Looking>({ looked: null, why: '' })
  useEffect(() => {
    if (!isOpen) return
    let isWanted = true
    const look = () =>
      void lookAt(site).then(
        (looked) => isWanted && tell({ looked, why: '' }),
        (error: Error) => isWanted && tell((then) => ({ ...then, why: error.message })),
      )
    look()
    const timer = setInterval(look, EVERY_MS)
    return () => {
      isWanted = false
      clearInterval(timer)
    }
  }, [site, isOpen])
  return looking
}

async function lookAt(site: string): Promise<Looked> {
  const [months, pins] = await Promise.all([askMonths(site), askPins(site)])
  const newest = pins.toReversed().slice(0, SHOWN)
  const shown = await Promise.all(
    newest.map(async (pin) => ({
      pin,
      rows: pin.releasedAt === null ? await askPinRows(site, pin.id).catch(() => null) : null,
    })),
  )
  return { months, pins: { shown, older: pins.length - shown.length } }
}
