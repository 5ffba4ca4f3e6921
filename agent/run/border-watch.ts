import type { Log } from '../log.ts'
import type { StreamEvent } from '../stream/types.ts'

type BorderEvent = Extract<StreamEvent, { readonly type: 'border' }>

/** A border is called silent after this: a restart of its reflector is over by then. */
const SILENT_AFTER_MS = 60_000

interface Standing {
  readonly event: BorderEvent
  /** Since when it has not answered; null: it answers. */
  readonly sinceMs: number | null
  readonly told: boolean
}

/**
 * Tells the operator once that the border of a segment does not answer, and once that it does again. The
 * ways are measured meanwhile, and records say in every minute that nothing came from there.
 */
export class BorderWatch {
  readonly #log: Log
  readonly #borders = new Map<string, Standing>()

  constructor(log: Log) {
    this.#log = log
  }

  /** @param nowMs monotonic milliseconds */
  note(event: BorderEvent, nowMs: number): void {
    const { segment, state } = event
    // `closed` ends the streams, and says nothing of the border.
    if (state === 'closed') return
    const before = this.#borders.get(segment) ?? { sinceMs: null, told: false }
    if (state === 'open') {
      if (before.told) this.#log.info('the border of a segment answers', factsOf(event))
      this.#borders.set(segment, { event, sinceMs: null, told: false })
      return
    }
    this.#borders.set(segment, { event, sinceMs: before.sinceMs ?? nowMs, told: before.told })
  }

  /** Tells of those that have been silent for long; to be called now and then. */
  look(nowMs: number): void {
    for (const [segment, { event, sinceMs, told }] of this.#borders) {
      if (told || sinceMs === null || nowMs - sinceMs < SILENT_AFTER_MS) continue
      this.#borders.set(segment, { event, sinceMs, told: true })
      const mend =
        event.state === 'refused'
          ? 'mend what its reflector names, or the key of this segment in the site'
          : 'see that a reflector runs there, that UDP to it passes, and that the key of this segment is one of its keys'
      const facts = { ...factsOf(event), ...(event.detail === '' ? {} : { detail: event.detail }) }
      const seconds = Math.round((nowMs - sinceMs) / 1000)
      this.#log.warn(
        'the border of a segment does not answer; nothing is located by it meanwhile',
        { ...facts, seconds, mend },
      )
    }
  }
}

function factsOf({ segment, farEnd, address, port }: BorderEvent) {
  return { segment, farEnd, address, port }
}
