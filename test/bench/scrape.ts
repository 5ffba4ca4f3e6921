import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pipeline, Readable } from 'node:stream'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { loadProfile } from '../../config/load.ts'
import { LiveSites } from '../../server/ingest/live.ts'
import { parseEnvelope, parseStoredPayload } from '../../server/ingest/parse.ts'
import { SiteSeries } from '../../server/metrics/site-series.ts'
import { judge } from '../../shared/verdict/judge.ts'
import { envelope, record, START } from '../server/support/fixtures.ts'

/**
 * 10,000 sites in core detail, scraped by a real Prometheus: how long a scrape takes, and how long the
 * event loop stood still for it. `npm run bench` builds it; then: node dist/test/bench/scrape.js
 */
const SITES = Number(process.argv[2] ?? 10_000)
const SCRAPES = 6
const NOW = START + 60_000

const { profile, sha256 } = await loadProfile('pureconnect-rcm')
const live = new LiveSites()
for (let site = 0; site < SITES; site += 1) {
  const text = envelope(record(sha256, { site: `site-${site}` }))
  const parsed = parseEnvelope(Buffer.from(text), NOW)
  if (!parsed.ok) throw new Error(parsed.error.where)
  live.accept(parsed.value.row, parsed.value.record)
}
const mib = () => Math.round(process.memoryUsage.rss() / 2 ** 20)
console.log(`${SITES} sites loaded: RSS ${mib()} MiB`)
const series = new SiteSeries({
  names: () => live.names(),
  site: (name) => live.get(name),
  record: parseStoredPayload,
  judgement: ({ newest }) => {
    const { observations, window } = parseStoredPayload(newest.payload)
    const { from, to } = window
    return judge({ profile, sha256, observations, from, to, site: null })
  },
  nowMs: () => NOW,
  monotonicMs: () => performance.now(),
  pause: () => setImmediate(),
})
// As server/judging/ahead.ts does it after a start, before anybody scrapes.
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
series.expect()
const [began, used] = [performance.now(), process.cpuUsage()]
for (const [at, name] of live.names().entries()) {
  const site = live.get(name)
  if (site !== null) series.prepare(site)
  if (at % 5 === 4) await setImmediate()
}
delay.disable()
const { user, system } = process.cpuUsage(used)
console.log(
  `judged and written in ${Math.round(performance.now() - began)} ms, ` +
    `${Math.round((user + system) / SITES)} us of CPU a site, ` +
    `longest stall ${(delay.max / 1e6).toFixed(1)} ms, RSS ${mib()} MiB`,
)
let scrapes = 0
const server = createServer((_request, response) => {
  delay.reset()
  delay.enable()
  const started = performance.now()
  let bytes = 0
  const text = series.stream({ sees: () => true, shard: null, detail: null })
  const source = Readable.from(text, { objectMode: false })
  source.on('data', (part: Buffer) => {
    bytes += part.length
  })
  response.writeHead(200, {
    'content-type': 'text/plain; version=0.0.4',
    'content-encoding': 'gzip',
  })
  pipeline(source, createGzip({ level: 1 }), response, () => {
    scrapes += 1
    delay.disable()
    console.log(
      `served in ${Math.round(performance.now() - started)} ms, ${(bytes / 1e6).toFixed(1)} MB, ` +
        `longest stall ${(delay.max / 1e6).toFixed(1)} ms, RSS ${mib()} MiB`,
    )
  })
})
server.listen(0, '127.0.0.1')
await setTimeout(100)
const { port } = server.address() as AddressInfo
const folder = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
writeFileSync(
  join(folder, 'prometheus.yml'),
  `scrape_configs: [{job_name: bench, honor_labels: true, scrape_interval: 15s, scrape_timeout: 15s, static_configs: [{targets: ["127.0.0.1:${port}"]}]}]\n`,
)
const prometheus = spawn(
  'prometheus',
  [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=127.0.0.1:${port + 1}`,
  ],
  { stdio: 'ignore' },
)
try {
  while (scrapes < SCRAPES) await setTimeout(200)
  await setTimeout(3000)
  for (const name of ['scrape_duration_seconds', 'scrape_samples_scraped']) {
    const url = `http://127.0.0.1:${port + 1}/api/v1/query?query=${name}`
    const { data } = (await (await fetch(url)).json()) as {
      data: { result: { value: [number, string] }[] }
    }
    console.log(`Prometheus: ${name} ${data.result[0]?.value[1]}`)
  }
} finally {
  prometheus.kill()
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
}
