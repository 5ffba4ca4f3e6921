import type { DhcpAttempt, DhcpMethod, DhcpReply } from '../../../shared/record/dhcp.ts'
import type { DhcpIo, DhcpObstacle, DhcpPort, HostInterface } from '../../io/dhcp.ts'
import { type Asked, question, readReply } from './messages.ts'

/** How long servers are waited for, milliseconds. */
export interface DhcpTiming {
  /** When the questions go out again. */
  readonly againMs: number
  /** How long is listened for further servers although one has answered. */
  readonly listenMs: number
  /** When silence is silence. */
  readonly patienceMs: number
  /** For the unicast question to a server that offered and did not answer INFORM. */
  readonly unicastMs: number
}

export const USUAL_TIMING: DhcpTiming = {
  ...{ againMs: 1500, listenMs: 3000, patienceMs: 5000, unicastMs: 1000 },
}

export interface AskedServers {
  readonly obstacle: DhcpObstacle | null
  readonly attempts: readonly DhcpAttempt[]
  readonly replies: readonly DhcpReply[]
  readonly more: number
  readonly ignored: number
  readonly malformed: number
}

export interface AskWith {
  readonly io: DhcpIo
  readonly from: HostInterface
  readonly wanted: readonly number[]
  readonly vendorClass: string | null
  readonly discover: boolean
  readonly timing: DhcpTiming
  readonly signal: AbortSignal
}

const EVERYBODY = '255.255.255.255'
const MOST_REPLIES = 8
const MOST_UNICAST = 4

/**
 * Asks every DHCP server of the interface's network, twice, and gathers all answers, not the first.
 * Nothing here ever requests an address.
 */
export async function askServers(ask: AskWith): Promise<AskedServers> {
  const heard = new Heard(ask)
  const opened = await ask.io.open(ask.from.address, (bytes, from) => heard.take(bytes, from))
  if (!opened.ok) return { ...NOTHING, obstacle: opened.error }
  const { io, timing, signal, discover } = ask
  const port = opened.value
  try {
    heard.begin('inform-broadcast', EVERYBODY)
    if (discover) heard.begin('discover', EVERYBODY)
    await heard.sendAll(port)
    await io.wait(timing.againMs, signal)
    if (!signal.aborted) await heard.sendAll(port)
    await io.wait(timing.listenMs - timing.againMs, signal)
    if (heard.replies.length === 0) await io.wait(timing.patienceMs - timing.listenMs, signal)
    const quiet = heard.quietServers()
    for (const server of quiet) heard.begin('inform-unicast', server)
    if (quiet.length > 0 && !signal.aborted) {
      await heard.sendAll(port, 'inform-unicast')
      await io.wait(timing.unicastMs, signal)
    }
    return heard.result()
  } finally {
    port.close()
  }
}

const NOTHING: AskedServers = {
  ...{ obstacle: null, attempts: [], replies: [], more: 0, ignored: 0, malformed: 0 },
}

/** What was asked and heard so far. */
class Heard {
  readonly replies: DhcpReply[] = []
  readonly #ask: AskWith
  readonly #asked: Asked[] = []
  readonly #attempts: DhcpAttempt[] = []
  readonly #known = new Set<string>()
  #more = 0
  #ignored = 0
  #malformed = 0

  constructor(ask: AskWith) {
    this.#ask = ask
  }

  begin(method: DhcpMethod, to: string): void {
    const { io, from, wanted, vendorClass } = this.#ask
    const xid = io.transaction()
    const bytes = question(method, from, xid, wanted, vendorClass)
    this.#asked.push({ method, to, xid, bytes, sentMs: io.monotonicMs() })
    this.#attempts.push({ method, to, sent: 0, problem: '' })
  }

  async sendAll(port: DhcpPort, only?: DhcpMethod): Promise<void> {
    for (const [i, { method, to, bytes }] of this.#asked.entries()) {
      if (only !== undefined && method !== only) continue
      const problem = await port.send(bytes, to)
      const before = this.#attempts[i]!
      const sent = before.sent + (problem === '' ? 1 : 0)
      this.#attempts[i] = { ...before, sent, problem: problem.slice(0, 253) }
    }
  }

  take(bytes: Uint8Array, from: string): void {
    const { io, wanted } = this.#ask
    const reply = readReply(bytes, from, this.#asked, wanted, io.monotonicMs())
    if (reply === 'ignored') this.#ignored++
    else if (reply === 'malformed') this.#malformed++
    else this.#keep(reply)
  }

  /** The second question brings the same answer again; a different one is kept beside it. */
  #keep(reply: DhcpReply): void {
    const { ms: _ms, ...said } = reply
    const spelled = JSON.stringify(said)
    if (this.#known.has(spelled)) return
    if (this.replies.length >= MOST_REPLIES) this.#more++
    else {
      this.#known.add(spelled)
      this.replies.push(reply)
    }
  }

  /** Servers that made an offer and were not heard on INFORM. */
  quietServers(): readonly string[] {
    const informed = new Set(this.replies.filter((r) => r.type === 'ack').map((r) => r.server))
    const offered = new Set(this.replies.map(({ server }) => server))
    return [...offered].filter((server) => !informed.has(server)).slice(0, MOST_UNICAST)
  }

  result(): AskedServers {
    const counts = { more: this.#more, ignored: this.#ignored, malformed: this.#malformed }
    return { obstacle: null, attempts: this.#attempts, replies: this.replies, ...counts }
  }
}
