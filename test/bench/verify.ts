import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packBundle } from '../../server/bundle/pack.ts'
import { formatVkey } from '../../shared/evidence/vkey.ts'
import { KEYS, worldLines } from '../support/evidence-world.ts'

/** `node config/tools/bench.mjs bench/verify`: time, memory and size of verifying a day and a month. */
const ROOT = join(import.meta.dirname, '..', '..', '..')
const MEASURE =
  'data:text/javascript,' +
  encodeURIComponent(
    "process.on('exit', () => console.error('rss', process.resourceUsage().maxRSS))",
  )
const DAY = 1440

const folder = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
try {
  for (const minutes of process.env.VOIP_READY_MINUTES?.split(',').map(Number) ?? [
    60,
    DAY,
    30 * DAY,
  ])
    measure(minutes)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function measure(minutes: number): void {
  const file = join(folder, `${minutes}.bundle`)
  writeFileSync(file, packBundle(worldLines({ minutes, sparse: minutes > DAY })))
  const keys = Object.entries({ agent: KEYS.agent, reflector: KEYS.reflector, log: KEYS.log })
  const named = keys.flatMap(([role, all]) =>
    all.flatMap((key) => [`--${role}-key`, formatVkey(key)]),
  )
  const started = performance.now()
  const done = spawnSync(
    process.execPath,
    ['--import', MEASURE, join(ROOT, 'dist', 'agent', 'verify', 'main.js'), file, ...named],
    { encoding: 'utf8', maxBuffer: 1e9 },
  )
  const seconds = (performance.now() - started) / 1000
  const rss = Number(/rss (\d+)/.exec(done.stderr)?.[1] ?? Number.NaN) / 1024
  const [verdict] = /VERIFIED[^:]*|INVALID/.exec(done.stdout) ?? [done.stderr.slice(0, 300)]
  process.stdout.write(
    `${minutes} records: ${(statSync(file).size / 1e6).toFixed(2)} MB, ` +
      `${seconds.toFixed(1)} s, ${rss.toFixed(0)} MB resident, exit ${done.status} (${verdict})\n`,
  )
}
