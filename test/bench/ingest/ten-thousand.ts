import type { Sample } from '../table.ts'
import { type Served, startCollector, startLoad, startPeer, watched } from './collector.ts'
import type { Size } from './fleet.ts'
import type { LoadFigures } from './load.ts'

const AGENTS = 10_000
/** Two minutes by default; VOIP_READY_MINUTES=10 for the whole of what was promised. */
const MINUTES = Number(process.env.VOIP_READY_MINUTES ?? 2)

/**
 * What a fleet of ten thousand agents costs that deliver a record a minute each, of both sizes; beside
 * it the bare server of peer.ts, which no collector can undercut.
 */
export async function tenThousand(): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const size of ['small', 'real'] as const) {
    const ours = await serve(size, await startCollector(AGENTS, null))
    const peer = await serve(size, await startPeer(AGENTS))
    const row = (what: string, unit: string, of: (one: Fleet) => number) =>
      samples.push({ what: `${what}, ${size}`, unit, value: of(ours), peer: of(peer) })
    row(`${AGENTS} agents, a record a minute: CPU`, '% of a core', (one) => one.cpuShare)
    row('acknowledged, p50', 'ms', ({ figures }) => figures.p50Ms)
    row('acknowledged, p99', 'ms', ({ figures }) => figures.p99Ms)
    row('RSS, peak', 'MB', ({ rssMb }) => rssMb)
  }
  return samples
}

interface Fleet {
  readonly figures: LoadFigures
  readonly cpuShare: number
  readonly rssMb: number
}

async function serve(size: Size, served: Served): Promise<Fleet> {
  const load = startLoad()
  try {
    const { profileSha256, pid, url: base } = served
    const [singles, seconds] = [AGENTS * MINUTES, 60 * MINUTES]
    const many = { agents: AGENTS, singles, batched: 0, everyMinute: true }
    await load.ask({ make: { size, profileSha256, ...many }, run: 1 })
    const asked = load.ask<LoadFigures>({ send: 'singles', url: `${base}/api/v1/records`, seconds })
    const { value: figures, rssMb, cpuSeconds } = await watched(pid, asked)
    return { figures, rssMb, cpuShare: (100 * cpuSeconds) / seconds }
  } finally {
    await load.end()
    await served.end()
  }
}
