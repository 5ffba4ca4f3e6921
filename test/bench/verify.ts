import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packBundle } from '../../server/bundle/pack.ts'
import { formatVkey } from '../../shared/evidence/vkey.ts'
import { KEYS, worldLines } from '../support/evidence-world.ts'
import type { Sample } from './table.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const BARE = join(import.meta.dirname, 'bare-reading.js')
/** The highest of this program alone: what the kernel's accounting gives would hold the parent's too. */
const MEASURE =
  'data:text/javascript,' +
  encodeURIComponent(
    "import { readFileSync } from 'node:fs'; process.on('exit', () => { const [, peak] = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8')); console.error('used', peak, process.resourceUsage().userCPUTime) })",
  )
const DAY = 1440

/**
 * A day and a month of one site, verified by the one file that the other side may run; beside it the
 * bare reading of the same bundle, which checks nothing. Memory is the highest of the process.
 */
export async function verify(): Promise<Sample[]> {
  const folder = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
  try {
    return [...measure(folder, 'a day', DAY), ...measure(folder, '30 days', 30 * DAY)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function measure(folder: string, name: string, minutes: number): Sample[] {
  const file = join(folder, `${minutes}.bundle`)
  writeFileSync(file, packBundle(worldLines({ minutes, sparse: minutes > DAY })))
  const keys = Object.entries({ agent: KEYS.agent, reflector: KEYS.reflector, log: KEYS.log })
  const named = keys.flatMap(([role, all]) =>
    all.flatMap((key) => [`--${role}-key`, formatVkey(key)]),
  )
  const ours = timed([join(ROOT, 'dist', 'verify.mjs'), file, ...named])
  if (!ours.out.includes('VERIFIED')) throw new Error(`not verified: ${ours.out.slice(0, 300)}`)
  const bare = timed([BARE, file])
  const none = { peer: Number.NaN }
  return [
    { what: `${name}: size of the bundle`, value: statSync(file).size / 1e6, ...none, unit: 'MB' },
    { what: `${name}: verified in`, value: ours.seconds, peer: bare.seconds, unit: 's' },
    { what: `${name}: CPU of all threads`, value: ours.cpu, peer: bare.cpu, unit: 's' },
    { what: `${name}: memory, peak`, value: ours.megabytes, peer: bare.megabytes, unit: 'MB' },
  ]
}

function timed(args: readonly string[]): {
  readonly out: string
  readonly seconds: number
  readonly cpu: number
  readonly megabytes: number
} {
  const started = performance.now()
  const done = spawnSync(process.execPath, ['--import', MEASURE, ...args], {
    ...{ encoding: 'utf8', maxBuffer: 1e9 },
  })
  const seconds = (performance.now() - started) / 1000
  const [, kilobytes, microseconds] = /used (\d+) (\d+)/.exec(done.stderr) ?? []
  if (done.status === null || kilobytes === undefined) throw new Error(done.stderr.slice(0, 300))
  const cpu = Number(microseconds) / 1e6
  return { out: done.stdout, seconds, cpu, megabytes: Number(kilobytes) / 1024 }
}
