import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startLoad } from '../ingest/collector.ts'
import type { LoadFigures } from '../ingest/load.ts'
import type { Sample } from '../table.ts'
import { startPrometheus } from './prometheus.ts'
import {
  type Cost,
  costOf,
  enrolledDirectory,
  floorOf,
  medianOf,
  readWhole,
  startWatched,
  startWatchedCollector,
  type Watched,
} from './watched.ts'

const SITES = Number(process.env.VOIP_READY_SITES ?? 10_000)
const SCRAPES = 5
const EVERY_SECONDS = 15
/** After its first scrape a collector still writes what it had to leave out. */
const SETTLING_MS = 20_000
const PATIENCE_MS = 120_000

interface Scraped {
  readonly first: Cost
  readonly later: readonly Cost[]
  readonly octets: number
  readonly floorMs: number
}

/**
 * 10,000 sites scraped by a client that reads to the last byte, and by a real Prometheus, while every
 * site goes on delivering a record a minute; beside prom-client with as many series. One round.
 */
export async function scrape(): Promise<Sample[]> {
  const { directory, profileSha256, remove } = await enrolledDirectory(SITES)
  const load = startLoad()
  let collector = await startWatchedCollector(directory)
  try {
    const size = 'real'
    const make = { size, profileSha256, agents: SITES, singles: 2 * SITES, batched: 0 }
    await load.ask({ make, run: 1 })
    const records = () => `${collector.url}/api/v1/records`
    await load.ask<LoadFigures>({ send: 'singles', url: records(), seconds: 30 })
    const loadedMb = (await costOf(collector, () => setTimeout(1000))).rssMb
    // As after an update: all sites are known, nothing is judged, Prometheus asks at once.
    await collector.end()
    collector = await startWatchedCollector(directory)
    const floorMs = await floorOf(collector)
    await load.ask({ make: { ...make, singles: SITES }, run: 2 })
    const sending = load.ask<LoadFigures>({ send: 'singles', url: records(), seconds: 60 })
    const ours = { ...(await scraped(collector, '/metrics')), floorMs }
    await sending
    const peerFile = fileURLToPath(new URL('./prom-peer.js', import.meta.url))
    const peer = await startWatched([peerFile, String(SITES)])
    try {
      const theirs = { ...(await scraped(peer, '/metrics')), floorMs: await floorOf(peer) }
      return [
        { what: 'RSS, all sites heard', value: loadedMb, peer: Number.NaN, unit: 'MB' },
        ...samplesOf(ours, theirs),
        ...(await byPrometheus(collector, peer)),
      ]
    } finally {
      await peer.end()
    }
  } finally {
    await load.end()
    await collector.end()
    remove()
  }
}

async function scraped(watched: Watched, path: string): Promise<Omit<Scraped, 'floorMs'>> {
  let octets = 0
  const one = () =>
    costOf(watched, async () => {
      octets = (await readWhole(`${watched.url}${path}`)).octets
    })
  const first = await one()
  const later: Cost[] = []
  await setTimeout(SETTLING_MS)
  for (let n = 0; n < SCRAPES; n += 1) {
    await setTimeout(5000)
    later.push(await one())
  }
  return { first, later, octets }
}

function samplesOf(ours: Scraped, theirs: Scraped): Sample[] {
  const rows: Sample[] = []
  const row = (what: string, unit: string, of: (one: Scraped) => number) =>
    rows.push({ what, unit, value: of(ours), peer: of(theirs) })
  const median = (of: (cost: Cost) => number) => (one: Scraped) => medianOf(one.later.map(of))
  const stood = (cost: Cost, floorMs: number) => Math.max(0, cost.standstillMs - floorMs)
  row('first scrape after a start, to the last byte', 'ms', ({ first }) => first.ms)
  row('first scrape: longest standstill', 'ms', ({ first, floorMs }) => stood(first, floorMs))
  row(
    'to the last byte',
    'ms',
    median(({ ms }) => ms),
  )
  row('longest standstill, median', 'ms', (one) =>
    medianOf(one.later.map((cost) => stood(cost, one.floorMs))),
  )
  row('longest standstill, worst', 'ms', (one) =>
    Math.max(...one.later.map((cost) => stood(cost, one.floorMs))),
  )
  row('the monitor itself, nothing asked', 'ms', ({ floorMs }) => floorMs)
  row(
    'CPU, everything that went on meanwhile included',
    'ms',
    median(({ cpuMs }) => cpuMs),
  )
  row('sent, packed', 'MB', ({ octets }) => octets / 1e6)
  row('RSS after it', 'MB', ({ later }) => Math.max(...later.map(({ rssMb }) => rssMb)))
  return rows
}

async function byPrometheus(collector: Watched, peer: Watched): Promise<Sample[]> {
  const targets = { ours: `${collector.url}/metrics`, peer: `${peer.url}/metrics` }
  const prometheus = await startPrometheus(targets, EVERY_SECONDS)
  try {
    const until = performance.now() + PATIENCE_MS
    const span = `[${SCRAPES * EVERY_SECONDS}s]`
    for (;;) {
      const counted = await prometheus.ask(`count_over_time(scrape_duration_seconds${span})`)
      if (Math.min(counted.get('ours') ?? 0, counted.get('peer') ?? 0) >= SCRAPES - 1) break
      if (performance.now() > until) throw new Error('Prometheus did not scrape')
      await setTimeout(1000)
    }
    const rows = [
      [
        'Prometheus: scrape, parsed and kept',
        `quantile_over_time(0.5, scrape_duration_seconds${span})`,
        's',
      ],
      ['Prometheus: samples of a scrape', 'scrape_samples_scraped', ''],
      [
        'Prometheus: scrapes that failed',
        `count_over_time(up${span}) - sum_over_time(up${span})`,
        '',
      ],
    ] as const
    const samples: Sample[] = []
    for (const [what, query, unit] of rows) {
      const found = await prometheus.ask(query)
      const [value, theirs] = [found.get('ours') ?? Number.NaN, found.get('peer') ?? Number.NaN]
      samples.push({ what, value, peer: theirs, unit })
    }
    return samples
  } finally {
    await prometheus.end()
  }
}
