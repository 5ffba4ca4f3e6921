import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { loadProfile } from '../../../config/load.ts'
import { startAside } from '../ingest/collector.ts'
import { agentOf } from '../ingest/fleet.ts'
import { finished, start, usageOf } from '../processes.ts'
import { command } from '../product.ts'
import type { Sample } from '../table.ts'
import type { AgentsFigures, AgentsPlan } from './agents.ts'
import { enrolledDirectory, medianOf, startWatchedCollector, type Watched } from './watched.ts'

/** Two connections each: as many as a process may have here, in a container with 20,000 files. */
const AGENTS = Number(process.env.VOIP_READY_AGENTS ?? 9000)
const COME_SECONDS = 60
/** After they came; the first and the last are compared. */
const MINUTES = Number(process.env.VOIP_READY_MINUTES ?? 4)
const SETTLE_MS = 80_000
const ASKED_RUNS = 40

/**
 * Agents as they are: each with a connection that waits for work and one that brings a record a
 * minute, without TLS and with it.
 */
export async function wholeFleet(): Promise<Sample[]> {
  const only = process.env.VOIP_READY_ONLY ?? 'http,https'
  const samples: Sample[] = []
  for (const way of ['http', 'https'] as const)
    if (only.split(',').includes(way)) samples.push(...(await one(way)))
  return samples
}

async function one(way: 'http' | 'https'): Promise<Sample[]> {
  const { directory, profileSha256, remove } = await enrolledDirectory(AGENTS)
  const token = await adminToken(directory)
  // A fleet from one machine, as none is: each agent has two connections.
  const many = ['--connections-per-address', String(3 * AGENTS)]
  const secure = way === 'https' ? tls(directory) : []
  const collector = await startWatchedCollector(directory, [...many, ...secure])
  const agents = startAside(new URL('./agents.js', import.meta.url))
  try {
    const came = await stretch(collector, async () => {
      const plan = { url: collector.url, agents: AGENTS, size: 'small', profileSha256 } as const
      await agents.ask({ ...plan, comeSeconds: COME_SECONDS } satisfies AgentsPlan)
    })
    // In their first minute they do not know yet over how long to spread their records.
    await setTimeout(SETTLE_MS)
    await agents.ask<AgentsFigures>({})
    const minutes: Stretch[] = []
    for (let n = 0; n < MINUTES; n += 1) {
      minutes.push(await stretch(collector, () => setTimeout(60_000)))
      console.error(`${way}: minute ${n + 1}: ${JSON.stringify(minutes.at(-1))}`)
    }
    const told = await agents.ask<AgentsFigures>({})
    if (told.troubles.length > 0) console.error(told.troubles)
    const askedMs = await askRuns(collector, token, profileSha256)
    await setTimeout(5000)
    const { runs } = await agents.ask<AgentsFigures>({})
    const woke = [...askedMs].map(([id, ms]) => (runs[id] ?? Number.NaN) - ms)
    return samplesOf(way, { came, minutes, told, woke })
  } finally {
    await agents.end()
    await collector.end()
    remove()
  }
}

interface Stretch {
  readonly cpuShare: number
  readonly rssMb: number
  readonly heapMb: number
  readonly standstillMs: number
}

async function stretch({ pid, inside }: Watched, during: () => Promise<unknown>): Promise<Stretch> {
  await inside()
  const before = usageOf(pid)?.cpuSeconds ?? 0
  const began = performance.now()
  await during()
  const { cpuSeconds = 0, rssMb = 0 } = usageOf(pid) ?? {}
  const cpuShare = (1e5 * (cpuSeconds - before)) / (performance.now() - began)
  const { longestMs, heapMb } = await inside()
  return { cpuShare, rssMb, heapMb, standstillMs: longestMs }
}

function samplesOf(
  way: string,
  found: {
    readonly came: Stretch
    readonly minutes: readonly Stretch[]
    readonly told: AgentsFigures
    readonly woke: readonly number[]
  },
): Sample[] {
  const { came, minutes, told, woke } = found
  const row = (what: string, unit: string, value: number): Sample => ({
    ...{ what: `${way}: ${what}`, unit, value, peer: Number.NaN },
  })
  const share = medianOf(minutes.map(({ cpuShare }) => cpuShare))
  return [
    row('agents with two connections each', '', AGENTS),
    row(`all came within ${COME_SECONDS} s: CPU`, '% of a core', came.cpuShare),
    row('afterwards: CPU, median of the minutes', '% of a core', share),
    row('records acknowledged, p50', 'ms', told.p50Ms),
    row('records acknowledged, p99', 'ms', told.p99Ms),
    row('questions for work', '1/s', told.questions / (60 * MINUTES)),
    row('connections that ended', '', told.ended),
    row('troubles', '', told.troubles.length),
    row('RSS when all had come', 'MB', came.rssMb),
    row(`RSS ${MINUTES} minutes later`, 'MB', minutes.at(-1)?.rssMb ?? Number.NaN),
    row('a run reaches its agent, median', 'ms', medianOf(woke)),
    row('a run reaches its agent, worst', 'ms', Math.max(...woke)),
  ]
}

/** By plans that allow it; when each was asked for, by its id. */
async function askRuns(collector: Watched, token: string, profileSha256: string) {
  const { version } = (await loadProfile('pureconnect-rcm')).profile
  const asked = new Map<string, number>()
  for (let n = 0; n < ASKED_RUNS; n += 1) {
    const { site } = agentOf(n)
    const far = {
      reflector: '127.0.0.1',
      key: 'bench:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
    }
    const farEnds = { primary: far, secondary: far }
    const values = { format: 'voip-ready/site/1', site, profile: 'pureconnect-rcm', farEnds }
    const profile = { id: 'pureconnect-rcm', version, sha256: profileSha256 }
    const plan = { format: 'voip-ready/plan/1', site: values, profile }
    const at = `${collector.url}/api/v1/sites/${site}`
    await call('PUT', `${at}/plan`, token, plan)
    await setTimeout(100)
    const askedMs = Date.now()
    const { id } = await call('POST', `${at}/runs`, token, { kind: 'path' })
    asked.set(id, askedMs)
  }
  return asked
}

async function call(method: string, url: string, token: string, body: object) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`)
  return JSON.parse(text) as { readonly id: string }
}

async function adminToken(directory: string): Promise<string> {
  const argv = command('--json', 'collector', 'tokens', 'add', '--admin', 'bench')
  const { out, err } = await finished(start([...argv, '--data', directory]))
  const token = /"token":\s*"([^"]+)"/.exec(out)?.[1]
  if (token === undefined) throw new Error(`no token in: ${out}${err}`)
  return token
}

/** A certificate of its own, for an hour or so. */
function tls(directory: string): string[] {
  const [key, cert] = [join(directory, 'bench.key'), join(directory, 'bench.pem')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const named = ['-subj', '/CN=127.0.0.1', '-days', '2', '-keyout', key, '-out', cert]
  execFileSync('openssl', [...made, ...named], { stdio: 'ignore' })
  // This process asks it as a browser would that was told to.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  return ['--tls-cert', cert, '--tls-key', key]
}
