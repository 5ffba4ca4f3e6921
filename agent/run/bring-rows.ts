import { type AbsenceOfRows, MOST_OFFERED, MOST_SENT } from '../../shared/plan/rows.ts'
import type { Log } from '../log.ts'
import type { Span } from '../rows/pin-file.ts'
import { findRows, type KeptRows, readRows, storedBody } from '../rows/read.ts'
import type { RowsRing } from '../rows/ring.ts'
import { sleep } from '../sleep.ts'
import type { SignedClient } from '../uplink/signed-client.ts'
import { absentIn, toTell } from './absent-rows.ts'
import type { NewsBoard } from './news-board.ts'

export interface BringParts {
  /** Null where the agent never enrolled. */
  readonly client: SignedClient | null
  readonly ring: Pick<RowsRing, 'pin' | 'folder'> | null
  readonly news: NewsBoard
  readonly log: Log
  readonly stop: AbortSignal
}

/** A pin is known within a minute, by the news or by asking. */
const EVERY_MS = 50_000
const SPREAD = 0.1
const ANSWER_WITHIN_MS = 30_000

/**
 * Asks now and then which times a dispute pins, keeps their raw rows from being removed, and brings
 * those that the collector has not. Each window goes by itself and is held against its digest there:
 * what an interruption left over is brought at the next look. What is not to be had any more is told.
 */
export async function bringRows({ client, ring, news, log, stop }: BringParts): Promise<void> {
  if (client === null || ring === null) return
  const bringer = new Bringer({ client, ring, news, log, stop })
  let looking: Promise<void> = Promise.resolve()
  const look = (pins?: readonly Span[]) => {
    looking = looking
      .then(() => (stop.aborted ? undefined : bringer.look(pins)))
      .catch((error: Error) => bringer.complain(error.message))
    return looking
  }
  news.onNews(({ pins }) => void look(pins))
  while (!stop.aborted) {
    if (!news.isFresh) await look()
    await sleep(EVERY_MS * (1 + SPREAD * (2 * Math.random() - 1)), stop)
  }
  await looking
}

class Bringer {
  readonly #parts: { [K in keyof BringParts]: NonNullable<BringParts[K]> }
  #complained = ''
  /** Digests that the collector has, or will never take: not offered again by this process. */
  readonly #done = new Set<string>()
  readonly #refused = new Map<string, 'too-large' | 'damaged'>()
  readonly #startedMs = Date.now()
  #pins = '[]'
  #told = '[]'

  constructor(parts: { [K in keyof BringParts]: NonNullable<BringParts[K]> }) {
    this.#parts = parts
  }

  /** @param told what is pinned; left out: it is asked for */
  async look(told?: readonly Span[]): Promise<void> {
    const { ring, log } = this.#parts
    const pins = told ?? (await this.#ask<{ readonly pins: readonly Span[] }>('GET', 'pins')).pins
    ring.pin(pins)
    const text = JSON.stringify(pins)
    if (text !== this.#pins) log.info('raw rows are pinned by the collector', { pins: pins.length })
    this.#pins = text
    const absent: AbsenceOfRows[] = []
    for (const pin of pins) {
      await this.#bring(pin)
      absent.push(...absentIn(findRows(ring.folder, pin), pin, this.#refused, this.#startedMs))
    }
    await this.#tell(toTell(absent))
    this.complain('')
  }

  complain(why: string): void {
    if (why !== this.#complained && why !== '' && !this.#parts.stop.aborted)
      this.#parts.log.warn('raw rows cannot be brought now; they are kept', { why })
    this.#complained = why
  }

  async #bring(pin: Span): Promise<void> {
    const { ring, log } = this.#parts
    const { kept } = findRows(ring.folder, pin)
    const waiting = kept.filter(({ note }) => !this.#done.has(note.sha256))
    let brought = 0
    for (let at = 0; at < waiting.length; at += MOST_OFFERED) {
      const page = waiting.slice(at, at + MOST_OFFERED)
      const digests = page.map(({ note }) => note.sha256)
      const answer = await this.#ask<{ readonly wanted: readonly string[] }>(
        'POST',
        'rows/offers',
        { digests },
      )
      const wanted = new Set(answer.wanted)
      for (const one of page) {
        if (!wanted.has(one.note.sha256)) this.#done.add(one.note.sha256)
        else if (await this.#send(one)) brought += 1
      }
    }
    if (brought > 0) log.info('raw rows were brought to the collector', { windows: brought })
  }

  /** Once for each change, and at the start of each life where there is anything to tell. */
  async #tell(absent: readonly AbsenceOfRows[]): Promise<void> {
    const text = JSON.stringify(absent)
    if (text === this.#told) return
    await this.#ask('POST', 'rows/absent', { absent })
    this.#told = text
    const causes = [...new Set(absent.map(({ cause }) => cause))].join(' ') || 'none'
    this.#parts.log.info('told what cannot be brought of pinned times', { causes })
  }

  async #send(kept: KeptRows): Promise<boolean> {
    const { ring, log } = this.#parts
    const { sha256, from, to } = kept.note
    const body = readRows(ring.folder, kept).ok ? storedBody(ring.folder, kept.place) : null
    if (body === null || body.length > MOST_SENT) {
      this.#done.add(sha256)
      const why = body === null ? 'damaged or removed' : 'too large to be sent'
      this.#refused.set(sha256, body === null ? 'damaged' : 'too-large')
      log.error('raw rows of a pinned window are not brought', { sha256, why })
      return false
    }
    await this.#ask('POST', 'rows', { sha256, from, to, body: body.toString('base64') })
    this.#done.add(sha256)
    return true
  }

  async #ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
    const { client, stop } = this.#parts
    const reply = await client.ask({
      ...{ method, path: `api/v1/agents/self/${path}`, timeoutMs: ANSWER_WITHIN_MS, stop },
      ...(body === undefined ? {} : { body }),
    })
    if (reply.status !== 200) throw new Error(`HTTP ${reply.status}: ${reply.body.slice(0, 300)}`)
    return JSON.parse(reply.body) as T
  }
}
