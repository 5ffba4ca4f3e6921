import { isKept } from './batch.ts'
import { sha256 } from './chain.ts'
import { type DeliveryParts, sendOnce } from './delivery.ts'
import { describe, fateOf } from './fate.ts'

/** How often one of what was set aside is offered again. */
const EVERY_MS = 3_600_000

/**
 * What a collector refused is offered to it again, when nothing else waits: it may be of another build
 * by now. One record asks for all; where it is taken, all others have their turn.
 */
export class OfferAgain {
  readonly #parts: DeliveryParts
  #dueMs: number
  #last = ''
  /** How many more have their turn in this round. */
  #left = 1

  constructor(parts: DeliveryParts) {
    this.#parts = parts
    this.#dueMs = parts.nowMs()
  }

  /** Until one has its turn, milliseconds. */
  get dueInMs(): number {
    return Math.max(0, this.#dueMs - this.#parts.nowMs())
  }

  async one(): Promise<void> {
    const { names } = this.#parts.spool.setAside
    const name = names.find((other) => other > this.#last) ?? names[0]
    this.#left -= 1
    if (name !== undefined) {
      this.#last = name
      if (await this.#isTaken(name)) this.#left = names.length - 1
    }
    if (this.#left > 0) return
    this.#left = 1
    this.#dueMs = this.#parts.nowMs() + EVERY_MS
  }

  async #isTaken(name: string): Promise<boolean> {
    const { spool, log } = this.#parts
    try {
      const record = spool.setAside.read(name)
      if (record === undefined) return false
      const answer = await sendOnce(this.#parts, record.bytes, 'one')
      const fate = fateOf(answer)
      if (fate === 'never') spool.setAside.note(name, describe(answer))
      const kept = answer.kind === 'answered' && isKept(answer.body, sha256(record.payload))
      if (fate !== 'delivered' || !kept) return false
      spool.setAside.delivered(name)
      log.info('the collector took a record that it had refused', { record: name })
      return true
    } catch (error) {
      log.error('what is in refused/ cannot be read or cleaned', { why: (error as Error).message })
      return false
    }
  }
}
