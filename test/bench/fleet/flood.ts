import { setTimeout } from 'node:timers/promises'
import { startAside, startLoad } from '../ingest/collector.ts'
import type { LoadFigures } from '../ingest/load.ts'
import { usageOf } from '../processes.ts'
import type { Sample } from '../table.ts'
import type { GarbageFigures, GarbagePlan } from './garbage.ts'
import { enrolledDirectory, startWatchedCollector, type Watched } from './watched.ts'

const AGENTS = 1000
const PER_SECOND = 100
const CALM_SECONDS = 20
/** The flood: as many stretches of twenty seconds as there are minutes asked for, three by default. */
const STRETCHES = 3
const STRETCH_SECONDS = Number(process.env.VOIP_READY_STRETCH ?? 20)

interface Stretch {
  readonly good: LoadFigures
  /** The lowest that it came down to: what garbage collection gives back is no growth. */
  readonly heapMb: number
  readonly rssMb: number
  readonly standstillMs: number
  readonly cpuShare: number
}

/** Good records of a thousand agents while strangers send what they like; one round. */
export async function flood(): Promise<Sample[]> {
  const { directory, profileSha256, remove } = await enrolledDirectory(AGENTS)
  const collector = await startWatchedCollector(directory)
  const load = startLoad()
  const strangers = startAside(new URL('./garbage.js', import.meta.url))
  try {
    let run = 0
    const stretch = async (seconds: number) => {
      run += 1
      const singles = PER_SECOND * seconds
      const make = { size: 'real', profileSha256, agents: AGENTS, singles, batched: 0 }
      await load.ask({ make, run })
      const url = `${collector.url}/api/v1/records`
      const sent = load.ask<LoadFigures>({ send: 'singles', url, seconds, lenient: true })
      return watchedStretch(collector, sent, seconds)
    }
    const calm = await stretch(CALM_SECONDS)
    // Making the good records takes a while too, in which the strangers go on.
    const seconds = STRETCHES * (STRETCH_SECONDS + 4)
    const plan: GarbagePlan = { url: collector.url, seconds, profileSha256 }
    const thrown = strangers.ask<GarbageFigures>(plan)
    const stretches: Stretch[] = []
    for (let n = 0; n < STRETCHES; n += 1) stretches.push(await stretch(STRETCH_SECONDS))
    return samplesOf(calm, stretches, await thrown, seconds)
  } finally {
    await strangers.end()
    await load.end()
    await collector.end()
    remove()
  }
}

async function watchedStretch(
  { pid, inside }: Watched,
  sent: Promise<LoadFigures>,
  seconds: number,
): Promise<Stretch> {
  await inside()
  const before = usageOf(pid)?.cpuSeconds ?? 0
  const began = performance.now()
  let [heapMb, rssMb, standstillMs] = [Number.POSITIVE_INFINITY, 0, 0]
  while (performance.now() - began < seconds * 1000) {
    await setTimeout(200)
    const now = await inside()
    heapMb = Math.min(heapMb, now.heapMb)
    standstillMs = Math.max(standstillMs, now.longestMs)
    rssMb = Math.max(rssMb, usageOf(pid)?.rssMb ?? 0)
  }
  const good = await sent
  const spent = (usageOf(pid)?.cpuSeconds ?? 0) - before
  const cpuShare = (1e5 * spent) / (performance.now() - began)
  return { good, heapMb, rssMb, standstillMs, cpuShare }
}

function samplesOf(
  calm: Stretch,
  stretches: readonly Stretch[],
  { sent, answers }: GarbageFigures,
  seconds: number,
): Sample[] {
  const rows: Sample[] = []
  const row = (what: string, unit: string, value: number, peer = Number.NaN) =>
    rows.push({ what, unit, value, peer })
  const worst = (of: (one: Stretch) => number) => Math.max(...stretches.map(of))
  const share = ({ good }: Stretch) => (100 * (good.records - good.refused)) / good.records
  row('good records acknowledged', '%', Math.min(...stretches.map(share)), share(calm))
  row(
    'good records: p50, worst stretch',
    'ms',
    worst(({ good }) => good.p50Ms),
    calm.good.p50Ms,
  )
  row(
    'good records: p99, worst stretch',
    'ms',
    worst(({ good }) => good.p99Ms),
    calm.good.p99Ms,
  )
  const standstill = (one: Stretch) => one.standstillMs
  row('longest standstill', 'ms', worst(standstill), calm.standstillMs)
  row(
    'CPU of the collector',
    '% of a core',
    worst((one) => one.cpuShare),
    calm.cpuShare,
  )
  for (const [n, one] of stretches.entries()) {
    const name = `stretch ${n + 1} of ${STRETCH_SECONDS} s`
    row(`${name}: heap at its lowest`, 'MB', one.heapMb, n === 0 ? calm.heapMb : Number.NaN)
    row(`${name}: RSS, peak`, 'MB', one.rssMb, n === 0 ? calm.rssMb : Number.NaN)
  }
  row('garbage sent', '1/s', sent / seconds)
  const total = Object.values(answers).reduce((sum, n) => sum + n, 0)
  for (const [kind, n] of Object.entries(answers).sort(([a], [b]) => (a < b ? -1 : 1))) {
    row(`garbage answered ${kind}`, '%', (100 * n) / total)
  }
  return rows
}
