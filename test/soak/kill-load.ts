import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { envelope, record } from '../server/support/fixtures.ts'

const SENDERS = 8

/** Agents that keep every record until it is acknowledged, and send it again to the next life. */
export class KillLoad {
  /** SHA-256 that was acknowledged, by `boot/sequence`. */
  readonly acknowledged = new Map<string, string>()
  readonly sent = new Set<string>()
  /** Records that a collector said it had already: what came twice and was stored once. */
  repeated = 0
  readonly #token: string
  readonly #boot = randomUUID()
  readonly #waiting: number[] = []
  #sequence = 0
  #running = false
  #making = true
  #senders: Promise<void>[] = []

  constructor(token: string) {
    this.#token = token
  }

  run(url: string): void {
    this.#running = true
    this.#senders = Array.from({ length: SENDERS }, () => this.#send(url))
  }

  /** Resolves when so many more are acknowledged. */
  async more(count: number, patienceMs: number): Promise<void> {
    const [wanted, end] = [this.acknowledged.size + count, performance.now() + patienceMs]
    while (this.acknowledged.size < wanted) {
      if (performance.now() > end) throw new Error('nothing more is acknowledged')
      await pause(2)
    }
  }

  /** Resolves when nobody sends any more; what was under way waits for the next life. */
  async pause(): Promise<void> {
    this.#running = false
    await Promise.all(this.#senders)
  }

  /** Makes no more records and delivers those that wait. */
  async drain(patienceMs: number): Promise<void> {
    this.#making = false
    const end = performance.now() + patienceMs
    while (this.acknowledged.size < this.sent.size) {
      if (performance.now() > end) throw new Error('the last life does not take what waits')
      await pause(20)
    }
    await this.pause()
  }

  async #send(url: string): Promise<void> {
    while (this.#running) {
      const sequence = this.#waiting.shift() ?? (this.#making ? ++this.#sequence : undefined)
      if (sequence === undefined) return
      const place = `${this.#boot}/${sequence}`
      this.sent.add(place)
      const sha256 = await this.#deliver(url, sequence)
      if (sha256 === null) this.#waiting.push(sequence)
      else this.acknowledged.set(place, sha256)
      if (sha256 === null) await pause(10)
    }
  }

  async #deliver(url: string, sequence: number): Promise<string | null> {
    const one = { site: 'faulty', agent: 'faulty', boot: this.#boot, sequence, minute: sequence }
    try {
      const answer = await fetch(`${url}/api/v1/records`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(15_000),
        body: envelope(record('a'.repeat(64), { ...one, observations: [] })),
      })
      const { sha256, outcome } = (await answer.json()) as { sha256: string; outcome: string }
      if (answer.ok && outcome === 'repeated') this.repeated += 1
      return answer.ok ? sha256 : null
    } catch {
      return null
    }
  }
}
