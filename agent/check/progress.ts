import type { FarEndName } from '../../shared/profile/site.ts'
import type { StreamEvent } from '../stream/types.ts'

/** What the streams have said so far of one far end. */
interface Seen {
  state: string
  detail: string
  sent: number
  received: number
  rttMs: number | null
}

/** One line that tells how a run goes; redrawn in place, so only for terminals. */
export class Progress {
  readonly #seen = new Map<FarEndName, Seen>()
  #looking = ''

  note(event: StreamEvent): void {
    if (event.type !== 'state' && event.type !== 'progress') return
    const seen = this.#of(event.farEnd)
    if (event.type === 'state') {
      seen.state = event.state
      seen.detail = event.detail
      return
    }
    seen.sent = event.sent
    seen.received = event.received
    seen.rttMs = event.rttMs
  }

  /** What a probe beside the streams does now; the newest word is shown. */
  look(probe: string, text: string): void {
    this.#looking = `${probe}: ${text}`
  }

  /** Replies so far over all far ends. */
  get received(): number {
    return [...this.#seen.values()].reduce((sum, seen) => sum + seen.received, 0)
  }

  /** `12 s of 60 s  primary 12.3 ms, 0.0 % missing  secondary ...  dns: server 2 of 3` */
  line(elapsedMs: number, durationMs: number): string {
    const elapsed = Math.floor(elapsedMs / 1000)
    const total = Math.round(durationMs / 1000)
    const voice = elapsed < total ? [...this.#seen] : []
    const time = elapsed < total ? `${elapsed} s of ${total} s` : `${elapsed} s`
    const parts = voice.map(([farEnd, seen]) => `${farEnd} ${describe(seen)}`)
    return [time, ...parts, this.#looking].join('  ').trimEnd().slice(0, 99)
  }

  #of(farEnd: FarEndName): Seen {
    const seen = this.#seen.get(farEnd) ?? {
      ...{ state: 'opening', detail: '' },
      ...{ sent: 0, received: 0, rttMs: null },
    }
    this.#seen.set(farEnd, seen)
    return seen
  }
}

function describe(seen: Seen): string {
  if (seen.sent === 0) return seen.state
  // What is still on its way is not missing yet: about one round trip of packets.
  const underWay = Math.ceil((seen.rttMs ?? 0) / 20) + 1
  const missing = Math.max(0, seen.sent - seen.received - underWay)
  const share = ((100 * missing) / seen.sent).toFixed(1)
  return seen.rttMs === null ? 'no reply' : `${seen.rttMs.toFixed(1)} ms, ${share} % missing`
}
