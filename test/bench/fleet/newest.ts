import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { loadProfile } from '../../../config/load.ts'
import { DAY, makeHistory } from '../history-data.ts'
import type { Sample } from '../table.ts'
import {
  type Cost,
  costOf,
  floorOf,
  medianOf,
  readWhole,
  startWatchedCollector,
  type Watched,
} from './watched.ts'

const SITES = Number(process.env.VOIP_READY_SITES ?? 10_000)
const DAYS = 1095
const TIMES = 15
const PATIENCE_MS = 120_000

/** The newest state of 10,000 sites, right after a start and once all is judged; one round. */
export async function fleet(): Promise<Sample[]> {
  return withHistory(0, async (collector) => {
    const list = '/api/v1/sites'
    const samples = [...rowsOf('not judged yet: first 1000', await asked(collector, list, 5))]
    await judged(collector)
    const floorMs = await floorOf(collector)
    const ways = {
      'first 1000 (what the page asks)': list,
      'first 100': `${list}?limit=100`,
      'those that are NOT READY': `${list}?overall=NOT%20READY`,
      'one site with its findings': `${list}/leeds`,
    }
    for (const [what, path] of Object.entries(ways)) {
      samples.push(...rowsOf(what, await asked(collector, path, TIMES)))
    }
    return [...samples, row('the monitor itself, nothing asked', floorMs, 'ms')]
  })
}

/** What one site was like for 1,095 days, in a database with 10,000 others; one round. */
export async function timeline(): Promise<Sample[]> {
  return withHistory(DAYS, async (collector, endMs) => {
    const days = (n: number) => `from=${new Date(endMs - n * DAY).toISOString()}`
    const site = '/api/v1/sites/leeds'
    const ways = {
      'timeline of 1,095 days': `${site}/timeline?${days(DAYS)}&step=1d`,
      'timeline of 39 days by the hour': `${site}/timeline?${days(39)}&step=1h`,
      'timeline of 7 days by quarter hours': `${site}/timeline?${days(7)}`,
      'verdict intervals of one line, 1,095 days': `${site}/findings?${days(DAYS)}&line=VRN-4`,
      'coverage of 1,095 days': `${site}/coverage?${days(DAYS)}`,
    }
    const [first = ''] = Object.values(ways)
    const samples = rowsOf('not judged yet: 1,095 days', await asked(collector, first, 3))
    await judged(collector)
    for (const [what, path] of Object.entries(ways)) {
      samples.push(...rowsOf(what, await asked(collector, path, TIMES)))
    }
    return samples
  })
}

async function withHistory(
  days: number,
  body: (collector: Watched, endMs: number) => Promise<Sample[]>,
): Promise<Sample[]> {
  const directory = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
  try {
    const { sha256 } = await loadProfile('pureconnect-rcm')
    const endMs = Date.now()
    await makeHistory(directory, { days, sites: SITES, endMs }, sha256)
    const collector = await startWatchedCollector(directory)
    try {
      return await body(collector, endMs)
    } finally {
      await collector.end()
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The same question several times over, at rest in between; the first may be slower and counts too. */
async function asked(collector: Watched, path: string, times: number): Promise<Cost[]> {
  const costs: Cost[] = []
  for (let n = 0; n < times; n += 1) {
    costs.push(await costOf(collector, () => readWhole(`${collector.url}${path}`)))
    await setTimeout(50)
  }
  return costs
}

async function judged({ url }: Watched): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const answer = await (await fetch(`${url}/api/v1/sites?limit=1`)).json()
    const { counts } = answer as { readonly counts: { readonly notJudgedYet: number } }
    if (counts.notJudgedYet === 0) return
    if (performance.now() > until) throw new Error(`${counts.notJudgedYet} sites were not judged`)
    await setTimeout(500)
  }
}

function rowsOf(what: string, costs: readonly Cost[]): Sample[] {
  const median = (of: (cost: Cost) => number) => medianOf(costs.map(of))
  return [
    row(
      what,
      median(({ ms }) => ms),
      'ms',
    ),
    row(
      `${what}: standstill`,
      median(({ standstillMs }) => standstillMs),
      'ms',
    ),
  ]
}

function row(what: string, value: number, unit: string): Sample {
  return { what, value, peer: Number.NaN, unit }
}
