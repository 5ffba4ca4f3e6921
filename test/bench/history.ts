import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { loadProfile } from '../../config/load.ts'
import { assemble } from '../../server/assemble.ts'
import { openProfileBook } from '../../server/profile-book.ts'
import { NO_SITES } from '../../server/site-book.ts'
import { openSqliteStore } from '../../server/store/sqlite/open.ts'
import { DAY, makeHistory } from './history-data.ts'

/**
 * How long the questions of the past take: one site over 1,095 days, and the state of 10,000 sites.
 * `npm run bench` builds it; then: node dist/test/bench/history.js [DAYS SITES [DIRECTORY to keep]]
 */
const DAYS = Number(process.argv[2] ?? 1095)
const SITES = Number(process.argv[3] ?? 10_000)
const kept = process.argv[4]
const directory = kept ?? mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
const endMs = Date.now()
const ROUNDS = 5

async function main(): Promise<void> {
  const { sha256 } = await loadProfile('pureconnect-rcm')
  let began = performance.now()
  const took = () => `${Math.round(performance.now() - began)} ms`
  await makeHistory(directory, { days: DAYS, sites: SITES, endMs }, sha256)
  const mib = Math.round(statSync(join(directory, 'collector.sqlite')).size / 2 ** 20)
  console.log(`generated: ${SITES} sites, ${DAYS} days of one: ${mib} MiB, ${took()}`)
  began = performance.now()
  const store = await openSqliteStore(directory, endMs)
  const collector = await assemble({
    ...{ store, book: { tokens: () => new Map() }, sites: NO_SITES, readAccess: 'open' },
    profiles: await openProfileBook(store, [], [], endMs),
    ...{ listenHost: '127.0.0.1', version: 'bench', logger: null, nowMs: () => endMs },
  })
  await collector.app.ready()
  console.log(`started: ${took()}, RSS ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB`)
  const from = (days: number) => `from=${new Date(endMs - days * DAY).toISOString()}`
  for (const url of [
    `/api/v1/sites/leeds/timeline?${from(DAYS)}&step=1d`,
    `/api/v1/sites/leeds/timeline?${from(Math.min(40, DAYS))}&step=1h`,
    `/api/v1/sites/leeds/timeline?${from(7)}&step=15m`,
    `/api/v1/sites/leeds/findings?${from(DAYS)}&line=VRN-4`,
    `/api/v1/sites/leeds/coverage?${from(DAYS)}`,
    '/api/v1/sites?limit=100',
    '/api/v1/sites?limit=1000',
    '/api/v1/sites?overall=NOT%20READY',
  ]) {
    await measure(url, async () => (await collector.app.inject({ url })).payload)
  }
  await collector.stop()
}

async function measure(what: string, ask: () => Promise<string>): Promise<void> {
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const times: number[] = []
  let octets = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now()
    octets = (await ask()).length
    times.push(performance.now() - began)
  }
  loop.disable()
  const [first = 0] = times
  const later = times.slice(1).sort((a, b) => a - b)
  const median = later[Math.floor(later.length / 2)] ?? first
  const stood = Math.round(loop.max / 1e6)
  const ms = (value: number) => `${Math.round(value)} ms`
  console.log(
    `${ms(first)} first, ${ms(median)} then, loop ${stood} ms, ${Math.round(octets / 1024)} KiB: ${what}`,
  )
}

try {
  await main()
} finally {
  if (kept === undefined) rmSync(directory, { recursive: true, force: true })
}
