import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { readWhole, startWatchedCollector, type Watched } from '../fleet/watched.ts'
import { usageOf } from '../processes.ts'
import type { Sample } from '../table.ts'
import { type Month, makeMonth } from './month.ts'

/** A month of one site; VOIP_READY_MINUTES=1440 for a day. */
const MINUTES = Number(process.env.VOIP_READY_MINUTES ?? 43_200)
const CHEAP_EVERY_MS = 10
/** How long the cheap route is asked alone, for what it takes without a bundle. */
const CALM_MS = 5000

/** A bundle of a month is got, and a report of it, while somebody asks for something cheap; one round. */
export async function bundle(): Promise<Sample[]> {
  const directory = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
  try {
    return await measured(directory, await makeMonth(directory, MINUTES))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function measured(directory: string, month: Month): Promise<Sample[]> {
  const collector = await startWatchedCollector(directory)
  try {
    return await asked(collector, month)
  } finally {
    await collector.end()
  }
}

async function asked(collector: Watched, { site, fromMs, toMs }: Month): Promise<Sample[]> {
  const time = `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`
  const base = `${collector.url}/api/v1/sites/${site}`
  const calm = await beside(collector, () => setTimeout(CALM_MS, { octets: 0 }))
  const cut = await beside(collector, () => readWhole(`${base}/bundle?${time}`))
  const report = await beside(collector, () => readWhole(`${base}/reports/readiness?${time}`))
  return [
    ...rowsOf('nothing else asked', calm),
    ...rowsOf(`bundle of ${MINUTES} minutes`, cut),
    ...rowsOf(`report of ${MINUTES} minutes`, report),
  ]
}

interface Beside {
  readonly seconds: number
  readonly megabytes: number
  readonly standstillMs: number
  readonly slowestMs: number
  readonly p99Ms: number
  readonly cpuSeconds: number
  readonly rssMb: number
}

/** Something long is asked of the collector while a cheap route is asked every few milliseconds. */
async function beside(
  { url, pid, standstill }: Watched,
  act: () => Promise<{ readonly octets: number }>,
): Promise<Beside> {
  await standstill()
  const before = usageOf(pid)?.cpuSeconds ?? 0
  const began = performance.now()
  const took: number[] = []
  let [ended, rssMb] = [false, 0]
  const cheap = async () => {
    while (!ended) {
      const asked = performance.now()
      await readWhole(`${url}/healthz`)
      took.push(performance.now() - asked)
      rssMb = Math.max(rssMb, usageOf(pid)?.rssMb ?? 0)
      await setTimeout(CHEAP_EVERY_MS)
    }
  }
  const asking = cheap()
  const { octets } = await act().finally(() => {
    ended = true
  })
  const seconds = (performance.now() - began) / 1000
  await asking
  const standstillMs = await standstill()
  const cpuSeconds = (usageOf(pid)?.cpuSeconds ?? 0) - before
  took.sort((a, b) => a - b)
  const [slowestMs, p99Ms] = [took.at(-1) ?? 0, took[Math.floor(took.length * 0.99)] ?? 0]
  return { seconds, megabytes: octets / 1e6, standstillMs, slowestMs, p99Ms, cpuSeconds, rssMb }
}

function rowsOf(what: string, found: Beside): Sample[] {
  const row = (name: string, value: number, unit: string) => ({
    ...{ what: `${what}: ${name}`, value, peer: Number.NaN, unit },
  })
  return [
    row('to its end', found.seconds, 's'),
    row('size', found.megabytes, 'MB'),
    row('longest standstill', found.standstillMs, 'ms'),
    row('a cheap route beside it, slowest', found.slowestMs, 'ms'),
    row('a cheap route beside it, p99', found.p99Ms, 'ms'),
    row('CPU of all threads', found.cpuSeconds, 's'),
    row('RSS, peak', found.rssMb, 'MB'),
  ]
}
