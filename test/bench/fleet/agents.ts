import { createHash, sign } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { Rhythm } from '../../../agent/uplink/rhythm.ts'
import {
  REQUEST_PAYLOAD_TYPE,
  requestHeader,
  requestText,
} from '../../../shared/evidence/agent-request.ts'
import { preAuthEncoding } from '../../../shared/evidence/dsse.ts'
import { readSpreadMs } from '../../../shared/record/spread.ts'
import { agentOf, RecordMaker, type SimulatedAgent, type Size } from '../ingest/fleet.ts'
import { counted, type Heard, Lines } from './lines.ts'

/**
 * Agents as the collector sees them, in a process of its own: each asks for work all the time and sends
 * a record a minute, over one kept connection, or a second one for a while where a question still waits.
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
  /** Open now. */
  readonly connections: number
  readonly questions: number
  readonly records: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Connections that ended, and not because nobody needed them. */
  readonly ended: number
  /** Answers and ends that no agent should see, a few of them. */
  readonly troubles: readonly string[]
  /** Runs that came, and when (milliseconds since 1970). */
  readonly runs: { readonly [id: string]: number }
}

const WAIT_SECONDS = 50
const MINUTE = 60_000
const CLOCKS = { nowMs: Date.now, monotonicMs: () => performance.now(), random: Math.random }
/** So long after its end a minute is closed, with the word of both far ends. */
const CLOSED_MS = 3000
/** The word of far ends does not always take as long. */
const UNEVEN_MS = 100
const MOST_TROUBLES = 10
const NO_BODY = createHash('sha256').update('').digest('hex')

const newFigures = () => ({
  ...{ questions: 0, records: 0 },
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

async function askOn(lines: Lines, agent: SimulatedAgent, host: string, rhythm: Rhythm) {
  let size = '0'
  let mayWait = 0
  const never = new AbortController()
  for (;;) {
    await rhythm.untilQuiet(never.signal)
    const wait = Math.min(rhythm.freeSeconds() ?? WAIT_SECONDS, mayWait)
    const target = `/api/v1/agents/self/work?wait=${wait}&heard=2&news=${size}`
    const { site, keyId, privateKey } = agent
    const proof = {
      ...{ site, agent: agent.agent, keyId, method: 'GET', target, timeMs: Date.now() },
      bodySha256: NO_BODY,
    }
    const octets = preAuthEncoding(REQUEST_PAYLOAD_TYPE, requestText(proof))
    const header = requestHeader(proof, sign(null, octets, privateKey).toString('base64'))
    waiting += 1
    const heard = await lines.send(
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\nAuthorization: ${header}\r\n\r\n`,
    )
    waiting -= 1
    now.questions += 1
    if (!(heard instanceof Error) && heard.body.startsWith('{"work":"none"')) {
      // The second line of a checkpoint (C2SP tlog-checkpoint).
      size = /"checkpoint":"[^"\\]*\\n(\d+)\\n/.exec(heard.body)?.[1] ?? size
      mayWait = Number(/"mayWaitSeconds":(\d+)/.exec(heard.body)?.[1] ?? WAIT_SECONDS)
      rhythm.spreadMs = readSpreadMs(/"spreadSeconds":(\d+)/.exec(heard.body)?.[1])
      if (wait === 0) await setTimeout(500 + Math.random() * 1000)
      continue
    }
    const run = heard instanceof Error ? undefined : /"id":"([^"]+)"/.exec(heard.body)?.[1]
    if (run === undefined) trouble('asked for work', heard)
    else now.runs[run] ??= Date.now()
    await setTimeout(1000)
  }
}

interface Telling {
  readonly host: string
  readonly next: (minute: number) => Buffer
  readonly rhythm: Rhythm
}

/** Its minutes end with the wall clock's, as those of all others do, and far ends answer as fast each time. */
async function tellOn(lines: Lines, { host, next, rhythm }: Telling) {
  const answeredMs = CLOSED_MS + Math.random() * 1000
  for (let minute = 0; ; minute += 1) {
    const afterMs = answeredMs + Math.random() * UNEVEN_MS
    await setTimeout(MINUTE - (Date.now() % MINUTE) + afterMs)
    await setTimeout(rhythm.afterMs)
    const body = next(minute)
    const began = performance.now()
    const head = `POST /api/v1/records HTTP/1.1\r\nHost: ${host}\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    rhythm.due()
    rhythm.began()
    const heard = await lines.send(head, body)
    rhythm.over()
    if (heard instanceof Error || !heard.body.includes('"stored"')) trouble('sent a record', heard)
    else {
      now.took.push(performance.now() - began)
      rhythm.spreadMs = readSpreadMs(heard.spread)
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
    const lines = new Lines(to)
    const rhythm = new Rhythm(CLOCKS)
    void askOn(lines, agent, to.host, rhythm)
    const next = (minute: number) => maker.envelope(agent, -minute)
    void tellOn(lines, { host: to.host, next, rhythm })
  }
}

function figures(): AgentsFigures {
  const { took, ...found } = now
  const { open: connections, ended } = counted
  now = newFigures()
  counted.ended = 0
  took.sort((a, b) => a - b)
  const at = (q: number) => took[Math.floor(q * took.length)] ?? Number.NaN
  return { ...found, waiting, connections, ended, p50Ms: at(0.5), p99Ms: at(0.99) }
}

/** An empty message asks for the figures. */
process.on('message', (plan: AgentsPlan | Record<string, never>) => {
  if ('url' in plan) void come(plan as AgentsPlan).then(() => process.send?.(null))
  else process.send?.(figures())
})
