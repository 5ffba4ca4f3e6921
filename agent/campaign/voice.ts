import type { Entry, Tally } from '../../shared/campaign/book.ts'
import { tallyOf } from '../../shared/campaign/book.ts'
import type { Protocol } from '../../shared/campaign/protocol.ts'
import type { Slot } from '../../shared/campaign/slots.ts'
import { utcText } from '../../shared/eligibility/scope.ts'
import type { Output } from '../cli/output.ts'
import { wrap } from '../cli/table.ts'
import type { CampaignEvent } from './conduct.ts'

const WIDTH = 100
const CLEAR = '\r\u001b[K'

export const STATE_WORDS: { readonly [S in Entry['state']]: string } = {
  ...{ running: 'under way', done: 'done', outside: 'not as agreed', missed: 'missed' },
}

/** Said wherever results of these commands are shown. */
export const NO_EVIDENCE =
  'These files are unsigned and no evidence: campaign certify asks the bundle of an enrolled agent.'

/** What `campaign run` says: a line kept up to date on a terminal, one a measurement, or events. */
export class CampaignVoice {
  readonly #protocol: Protocol
  readonly #slots: readonly Slot[]
  readonly #output: Output
  readonly #json: boolean
  #announced: number | null = null

  constructor(protocol: Protocol, slots: readonly Slot[], output: Output, json: boolean) {
    this.#protocol = protocol
    this.#slots = slots
    this.#output = output
    this.#json = json
  }

  warnOfTolerance(): void {
    const { unmeasuredSeconds } = this.#protocol.tolerance
    this.#output.err(
      `the protocol allows ${unmeasuredSeconds} s unmeasured: a check takes a second or two to begin\n`,
    )
  }

  tell(event: CampaignEvent, nowMs: number): void {
    if (event.event === 'measured') this.#measured(event.entry)
    else this.#progress(event, nowMs)
  }

  end(tally: Tally, exit: number): void {
    if (this.#json) {
      this.#print({ event: 'end', exit, ...tally })
      return
    }
    const text = `${this.#protocol.id}: ${tallyText(tally)}`
    if (this.#output.live) this.#output.err(CLEAR)
    this.#output.out(`${[text, NO_EVIDENCE].flatMap((line) => wrap(line, WIDTH)).join('\n')}\n`)
  }

  #measured(entry: Entry): void {
    if (this.#json) {
      this.#print({ event: 'measured', ...entry })
      return
    }
    if (this.#output.live) this.#output.err(CLEAR)
    this.#output.out(`${entryText(entry, this.#protocol.zone)}\n`)
  }

  #progress(event: Extract<CampaignEvent, { readonly next: Slot }>, nowMs: number): void {
    const { next, book } = event
    const waiting = event.event === 'waiting'
    const first = !waiting || this.#announced !== next.from
    this.#announced = next.from
    const tally = tallyOf(this.#slots, book.measurements)
    if (this.#json && first) this.#print({ event: event.event, next, ...tally })
    if (this.#json || !this.#output.live) return
    const what = waiting
      ? `next ${timeText(next, this.#protocol.zone)} in ${spanText(next.from - nowMs)}`
      : `measuring until ${utcText(next.to)}`
    const counts = `${tally.done} done, ${tally.missed} missed of ${tally.asked}`
    this.#output.err(`${CLEAR}${`${what}; ${counts}`.slice(0, WIDTH - 1)}`)
  }

  #print(value: object): void {
    this.#output.out(`${JSON.stringify(value)}\n`)
  }
}

/** `2026-11-30T08:00Z (08:00 Europe/London)` */
export function timeText({ from, day, at }: Slot, zone: string): string {
  return `${utcText(from)} (${day} ${at} ${zone})`
}

/** One measurement in a line. */
export function entryText(entry: Entry, zone: string): string {
  const said = entry.result === null ? '' : `, ${entry.result.overall}`
  const why = entry.why.length === 0 ? '' : `: ${entry.why.join('; ')}`
  return `${timeText(entry, zone)} ${STATE_WORDS[entry.state]}${said}${why}`
}

export function tallyText(tally: Tally): string {
  const { asked, done, outside, missed, open, ready, notReady, cannotSay } = tally
  return (
    `${done} of ${asked} done, ${outside} not as agreed, ${missed} missed, ${open} to come; ` +
    `${ready} READY, ${notReady} NOT READY, ${cannotSay} CANNOT SAY`
  )
}

/** `3 h 12 min`, `4 min 10 s`, `9 s` */
function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
