import type { Sample } from '../table.ts'
import { startCollector, startLoad, watched } from './collector.ts'
import type { LoadFigures } from './load.ts'

const AGENTS = 10_000
/** Two minutes by default; VOIP_READY_MINUTES=10 for the whole of what was promised. */
const MINUTES = Number(process.env.VOIP_READY_MINUTES ?? 2)

/** What a fleet of ten thousand agents costs that deliver a record a minute each, of both sizes. */
export async function tenThousand(): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const size of ['small', 'real'] as const) {
    const served = await startCollector(AGENTS, null)
    const load = startLoad()
    try {
      const { profileSha256, pid, url: base } = served
      const [singles, seconds] = [AGENTS * MINUTES, 60 * MINUTES]
      await load.ask({ make: { size, profileSha256, agents: AGENTS, singles, batched: 0 }, run: 1 })
      const url = `${base}/api/v1/records`
      const asked = load.ask<LoadFigures>({ send: 'singles', url, seconds })
      const { value, rssMb, cpuSeconds } = await watched(pid, asked)
      const row = (what: string, value: number, unit: string) =>
        samples.push({ what: `${what}, ${size}`, value, peer: Number.NaN, unit })
      row(`${AGENTS} agents, a record a minute: CPU`, (100 * cpuSeconds) / seconds, '% of a core')
      row('acknowledged, p50', value.p50Ms, 'ms')
      row('acknowledged, p99', value.p99Ms, 'ms')
      row('RSS, peak', rssMb, 'MB')
    } finally {
      await load.end()
      await served.end()
    }
  }
  return samples
}
