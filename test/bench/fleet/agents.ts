import { createHash, sign } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { Spread } from '../../../agent/uplink/spread.ts'
import {
  REQUEST_PAYLOAD_TYPE,
  requestHeader,
  requestText,
} from '../../../shared/evidence/agent-request.ts'
import { preAuthEncoding } from '../../../shared/evidence/dsse.ts'
import { readSpreadMs, SPREAD_HEADER } from '../../../shared/record/spread.ts'
import { agentOf, RecordMaker, type SimulatedAgent, type Size } from '../ingest/fleet.ts'

/**
 * Agents as the collector sees them, in a process of its own: each asks for work on one connection,
 * all the time, and sends a record a minute on another one, both kept open.
 */
export interface AgentsPlan {
  readonly url: string
  readonly agents: number
  readonly size: Size
  readonly profileSha256: string
  /** Over which they come, spread evenly. */
  readonly comeSeconds: number
}

/** Since these were asked for before. */
export interface AgentsFigures {
  /** Waiting for work now. */
  readonly waiting: number
  readonly questions: number
  readonly records: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Connections that ended. */
  readonly ended: number
  /** Answers and ends that no agent should see, a few of them. */
  readonly troubles: readonly string[]
  /** Runs that came, and when (milliseconds since 1970). */
  readonly runs: { readonly [id: string]: number }
}

const WAIT_SECONDS = 50
const MINUTE = 60_000
/** So long after its end a minute is closed, with the word of both far ends. */
const CLOSED_MS = 3000
const MOST_TROUBLES = 10
const NO_BODY = createHash('sha256').update('').digest('hex')

interface Heard {
  readonly status: number
  readonly body: string
  readonly spread: string | undefined
}

/** One kept connection: one request at a time, opened again where it ended. */
class Line {
  readonly #url: URL
  #socket: Socket | null = null
  #text = ''
  #settle: ((heard: Heard | Error) => void) | null = null

  constructor(url: URL) {
    this.#url = url
  }

  async send(head: string, body: Buffer | null = null): Promise<Heard | Error> {
    const socket = this.#socket ?? this.#open()
    return new Promise((resolve) => {
      this.#settle = resolve
      socket.write(head)
      if (body !== null) socket.write(body)
    })
  }

  #open(): Socket {
    const { hostname: host, port, protocol } = this.#url
    const at = { host, port: Number(port) }
    const socket =
      protocol === 'https:' ? connectTls({ ...at, rejectUnauthorized: false }) : connect(at)
    this.#socket = socket
    socket.setNoDelay(true)
    let why = 'closed'
    socket.on('error', (error) => {
      why = error.message
    })
    socket.on('close', () => {
      this.#socket = null
      this.#text = ''
      now.ended += 1
      this.#answer(new Error(why))
    })
    socket.on('data', (part) => {
      this.#text += part.toString('latin1')
      const heard = wholeOf(this.#text)
      if (heard === null) return
      this.#text = ''
      this.#answer(heard)
    })
    return socket
  }

  #answer(heard: Heard | Error): void {
    const settle = this.#settle
    this.#settle = null
    settle?.(heard)
  }
}

/** A whole answer; null while some of it is still to come. */
function wholeOf(text: string): Heard | null {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return null
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0)
  const body = text.slice(end + 4)
  const spread = new RegExp(`\\r\\n${SPREAD_HEADER}: (\\d+)`).exec(text)?.[1]
  return body.length < length ? null : { status: Number(text.slice(9, 12)), body, spread }
}

const newFigures = () => ({
  ...{ questions: 0, records: 0, ended: 0 },
  took: [] as number[],
  troubles: [] as string[],
  runs: {} as { [id: string]: number },
})
let now = newFigures()
let waiting = 0

function trouble(what: string, found: Heard | Error): void {
  const said = found instanceof Error ? found.message : `${found.status} ${found.body}`
  if (now.troubles.length < MOST_TROUBLES) now.troubles.push(`${what}: ${said.slice(0, 200)}`)
}

async function askOn(
  line: Line,
  agent: SimulatedAgent,
  host: string,
  spread: Spread,
): Promise<void> {
  let size = '0'
  let wait = 0
  for (;;) {
    const target = `/api/v1/agents/self/work?wait=${wait}&heard=2&news=${size}`
    const { site, keyId, privateKey } = agent
    const proof = {
      ...{ site, agent: agent.agent, keyId, method: 'GET', target, timeMs: Date.now() },
      bodySha256: NO_BODY,
    }
    const octets = preAuthEncoding(REQUEST_PAYLOAD_TYPE, requestText(proof))
    const header = requestHeader(proof, sign(null, octets, privateKey).toString('base64'))
    waiting += 1
    const heard = await line.send(
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\nAuthorization: ${header}\r\n\r\n`,
    )
    waiting -= 1
    now.questions += 1
    if (!(heard instanceof Error) && heard.body.startsWith('{"work":"none"')) {
      // The second line of a checkpoint (C2SP tlog-checkpoint).
      spread.overMs = readSpreadMs(/"spreadSeconds":(\d+)/.exec(heard.body)?.[1])
      if (wait === 0) await setTimeout(500 + Math.random() * 1000)
      wait = WAIT_SECONDS
      size = /"checkpoint":"[^"\\]*\\n(\d+)\\n/.exec(heard.body)?.[1] ?? size
      continue
    }
    const run = heard instanceof Error ? undefined : /"id":"([^"]+)"/.exec(heard.body)?.[1]
    if (run === undefined) trouble('asked for work', heard)
    else now.runs[run] ??= Date.now()
    await setTimeout(1000)
  }
}

/** Its minutes end with the wall clock's, as those of all others do. */
async function tellOn(line: Line, host: string, spread: Spread, next: (minute: number) => Buffer) {
  for (let minute = 0; ; minute += 1) {
    const afterMs = CLOSED_MS + Math.random() * 1000
    await setTimeout(MINUTE - (Date.now() % MINUTE) + afterMs)
    await setTimeout(spread.afterMs)
    const body = next(minute)
    const began = performance.now()
    const head = `POST /api/v1/records HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    const heard = await line.send(head, body)
    if (heard instanceof Error || !heard.body.includes('"stored"')) trouble('sent a record', heard)
    else {
      now.took.push(performance.now() - began)
      spread.overMs = readSpreadMs(heard.spread)
    }
    now.records += 1
  }
}

async function come({ url, agents, size, profileSha256, comeSeconds }: AgentsPlan) {
  const to = new URL(url)
  const maker = new RecordMaker(size, profileSha256, Date.now(), 1)
  const began = performance.now()
  for (let n = 0; n < agents; n += 1) {
    const due = began + (n / agents) * comeSeconds * 1000
    if (due > performance.now()) await setTimeout(due - performance.now())
    const agent = agentOf(n)
    const spread = new Spread(Math.random())
    void askOn(new Line(to), agent, to.host, spread)
    void tellOn(new Line(to), to.host, spread, (minute) => maker.envelope(agent, -minute))
  }
}

function figures(): AgentsFigures {
  const { took, ...counted } = now
  now = newFigures()
  took.sort((a, b) => a - b)
  const at = (q: number) => took[Math.floor(q * took.length)] ?? Number.NaN
  return { ...counted, waiting, p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** An empty message asks for the figures. */
process.on('message', (plan: AgentsPlan | Record<string, never>) => {
  if ('url' in plan) void come(plan as AgentsPlan).then(() => process.send?.(null))
  else process.send?.(figures())
})
