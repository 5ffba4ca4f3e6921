import { Agent, request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { agentOf, RecordMaker, type Size } from './fleet.ts'

/**
 * The load, in a process of its own: records are made and signed before the clock starts, then sent
 * as fast as they are acknowledged.
 */
export interface LoadPlan {
  readonly size: Size
  readonly profileSha256: string
  readonly agents: number
  /** Records posted one by one, as agents do each minute. */
  readonly singles: number
  /** Records in packed batches of one agent's minutes, as agents do after an outage. */
  readonly batched: number
  /** An agent's next record is of the next minute; left out: singles are all of one, sent at once. */
  readonly everyMinute?: boolean
}

export interface LoadFigures {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly records: number
  /** Records that were not acknowledged: only where that was allowed. */
  readonly refused: number
  readonly seconds: number
  /** Bytes of one record as it is sent alone. */
  readonly octets: number
}

const CONNECTIONS = { singles: 64, batched: 6 } as const
const BATCH = 100
/** The first part of a run warms up whoever answers, and is not counted. */
const WARM_UP = 0.2

interface Ready {
  readonly singles: readonly Buffer[]
  readonly batched: readonly Buffer[]
}

let ready: Ready = { singles: [], batched: [] }
let octets = 0

process.on('message', (message: Message) => {
  void answer(message).then((found) => process.send?.(found))
})

type Way = keyof Ready
type Message =
  | { readonly make: LoadPlan; readonly run: number }
  /** `seconds`: spread evenly over this time; left out: as fast as they are acknowledged. */
  | {
      readonly send: Way
      readonly url: string
      readonly seconds?: number
      /** A record that is not acknowledged is counted; left out: it ends the bench. */
      readonly lenient?: boolean
    }

async function answer(message: Message): Promise<LoadFigures | null> {
  if ('send' in message) return sendAll(message)
  ready = make(message.make, message.run)
  return null
}

function make(plan: LoadPlan, run: number): Ready {
  const agents = Array.from({ length: plan.agents }, (_, n) => agentOf(n))
  const maker = new RecordMaker(plan.size, plan.profileSha256, Date.now(), run)
  const agentAt = (n: number) => {
    const agent = agents[n % agents.length]
    if (agent === undefined) throw new Error('no agents')
    return agent
  }
  const later = (n: number) => (plan.everyMinute === true ? Math.floor(n / plan.agents) : 0)
  const singles = Array.from({ length: plan.singles }, (_, n) =>
    maker.envelope(agentAt(n), -later(n)),
  )
  const batched = Array.from({ length: plan.batched / BATCH }, (_, n) => {
    const lines = Array.from({ length: BATCH }, (_, minute) =>
      maker.envelope(agentAt(n), BATCH - minute).toString('latin1'),
    )
    return gzipSync(Buffer.from(lines.join('\n')), { level: 1 })
  })
  octets = singles[0]?.length ?? 0
  return { singles, batched }
}

async function sendAll({
  url,
  send: way,
  seconds: over = 0,
  lenient = false,
}: Extract<Message, { send: Way }>): Promise<LoadFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS[way] })
  const bodies = ready[way]
  const each = way === 'batched' ? BATCH : 1
  const warm = Math.floor(bodies.length * WARM_UP)
  const took: number[] = []
  let [next, refused] = [0, 0]
  const first = performance.now()
  let begin = first
  const due = (at: number) => first + (at / bodies.length) * over * 1000 - performance.now()
  const worker = async () => {
    while (next < bodies.length) {
      const at = next
      next += 1
      if (over > 0) await setTimeout(Math.max(0, due(at)))
      if (at === warm) begin = performance.now()
      const started = performance.now()
      const sent = post(url, bodies[at] ?? Buffer.alloc(0), way, agent)
      const acknowledged = await sent.then(
        () => true,
        (error: unknown) => {
          if (!lenient) throw error
          refused += each
          return false
        },
      )
      if (at >= warm && acknowledged) took.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS[way] }, worker))
  const seconds = (performance.now() - begin) / 1000
  agent.destroy()
  took.sort((a, b) => a - b)
  const at = (q: number) => took[Math.min(took.length - 1, Math.floor(q * took.length))] ?? 0
  const perSecond = (took.length * each) / seconds
  const records = bodies.length * each
  return { perSecond, p50Ms: at(0.5), p99Ms: at(0.99), records, refused, seconds, octets }
}

const HEADERS = {
  singles: { 'content-type': 'application/json' },
  batched: { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
} as const

/** Every record must be acknowledged: anything else ends the bench. */
function post(url: string, body: Buffer, way: Way, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { ...HEADERS[way], 'content-length': body.length }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('latin1')
        const stored = text.split('"stored"').length - 1
        if (stored === (way === 'batched' ? BATCH : 1)) resolve()
        else reject(new Error(`${response.statusCode}: ${stored} stored of ${text.slice(0, 500)}`))
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
