import { setTimeout } from 'node:timers/promises'
import { PostgresServer } from '../../support/postgres.ts'
import type { Sample } from '../table.ts'
import { type Served, startCollector, startLoad, startPeer, watched } from './collector.ts'
import type { Size } from './fleet.ts'
import type { LoadFigures } from './load.ts'
import { insertRate } from './postgres-peer.ts'

const AGENTS = 1000
const RECORDS = { small: 24_000, real: 10_000 } as const
const WAYS = ['singles', 'batched'] as const
/** The ledger takes what came before; longer than this it is not caught up. */
const PATIENCE_MS = 60_000

interface Served1 {
  readonly perSecond: { readonly [W in (typeof WAYS)[number]]: LoadFigures }
  readonly cpuUs: { readonly [W in (typeof WAYS)[number]]: number }
  readonly rssMb: number
  readonly octets: number
  readonly onDisk: number
}

let runs = 0

/** Signed records of two sizes, one by one and in batches, to the collector and to the peer; one round. */
export async function ingest(): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const size of ['small', 'real'] as const) {
    const ours = await serve(size, await startCollector(AGENTS, null))
    const peer = await serve(size, await startPeer(AGENTS))
    samples.push(...samplesOf(`${(ours.octets / 1000).toFixed(1)} kB`, ours, peer))
  }
  return samples
}

/** The same to PostgreSQL; the peer is a bare multi-row insert of the same bytes, one connection. */
export async function ingestPostgres(): Promise<Sample[]> {
  const server = await PostgresServer.start()
  try {
    const samples: Sample[] = []
    for (const size of ['small', 'real'] as const) {
      const ours = await serve(size, await startCollector(AGENTS, await server.database()))
      const peer = await insertRate(await server.database(), size)
      const kB = `${(ours.octets / 1000).toFixed(1)} kB`
      samples.push(...samplesOf(kB, ours, null))
      samples.push({ what: `${kB}, multi-row insert`, value: Number.NaN, peer, unit: 'records/s' })
    }
    return samples
  } finally {
    await server.remove()
  }
}

async function serve(size: Size, served: Served): Promise<Served1> {
  const load = startLoad()
  try {
    const half = RECORDS[size]
    const { profileSha256, pid } = served
    runs += 1
    const make = { size, profileSha256, agents: AGENTS, singles: half, batched: half }
    await load.ask({ make, run: runs })
    const found = { perSecond: {}, cpuUs: {} } as Record<'perSecond' | 'cpuUs', object>
    let [rssMb, octets] = [0, 0]
    for (const send of WAYS) {
      const url = `${served.url}/api/v1/records`
      const whole = load.ask<LoadFigures>({ send, url }).then(async (figures) => {
        await caughtUp(served)
        return figures
      })
      const seen = await watched(pid, whole)
      rssMb = Math.max(rssMb, seen.rssMb)
      octets = seen.value.octets
      Object.assign(found.perSecond, { [send]: seen.value })
      Object.assign(found.cpuUs, { [send]: (1e6 * seen.cpuSeconds) / seen.value.records })
    }
    const onDisk = served.octetsOnDisk() / (2 * half)
    return { ...(found as Pick<Served1, 'perSecond' | 'cpuUs'>), rssMb, octets, onDisk }
  } finally {
    await load.end()
    await served.end()
  }
}

/** Everything that was acknowledged has its place in the ledger. */
async function caughtUp({ unsequenced }: Served): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  while ((await unsequenced()) > 0) {
    if (performance.now() > until) throw new Error('the ledger did not catch up')
    await setTimeout(200)
  }
}

function samplesOf(kB: string, ours: Served1, peer: Served1 | null): Sample[] {
  const rows: Sample[] = []
  const row = (what: string, unit: string, of: (one: Served1) => number) =>
    rows.push({ what: `${kB}, ${what}`, unit, value: of(ours), peer: peer ? of(peer) : Number.NaN })
  for (const way of WAYS) {
    const name = way === 'singles' ? 'one by one' : 'in batches'
    row(`${name}`, 'records/s', (one) => one.perSecond[way].perSecond)
    row(`${name}: acknowledged, p50`, 'ms', (one) => one.perSecond[way].p50Ms)
    row(`${name}: acknowledged, p99`, 'ms', (one) => one.perSecond[way].p99Ms)
    row(`${name}: CPU, ledger included`, 'us a record', (one) => one.cpuUs[way])
  }
  row('RSS, peak', 'MB', (one) => one.rssMb)
  if (!Number.isNaN(ours.onDisk)) row('on disk', 'kB a record', (one) => one.onDisk / 1000)
  return rows
}
