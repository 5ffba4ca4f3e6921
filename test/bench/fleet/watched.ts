import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { loadProfile } from '../../../config/load.ts'
import { openSqliteStore } from '../../../server/store/sqlite/open.ts'
import { enrolAll, sayingUrl } from '../ingest/collector.ts'
import { stop, usageOf } from '../processes.ts'
import { command } from '../product.ts'

/** How long nothing is asked of a program to see what its timers alone are late by. */
const STILL_MS = 3000

/** A program that serves HTTP, with its event loop watched from inside and the rest from outside. */
export interface Watched {
  readonly url: string
  readonly pid: number
  readonly inside: () => Promise<Inside>
  /** Longest standstill of its event loop since it was last asked, milliseconds. */
  readonly standstill: () => Promise<number>
  readonly end: () => Promise<void>
}

interface Inside {
  /** Longest standstill of the event loop since this was last asked. */
  readonly longestMs: number
  readonly heapMb: number
}

/** Starts a program of this package; `argv` as after `node`. */
export async function startWatched(argv: readonly string[]): Promise<Watched> {
  const watch = new URL('./loop-watch.js', import.meta.url).href
  const child = spawn(process.execPath, ['--import', watch, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const url = await sayingUrl(child)
  const inside = () =>
    new Promise<Inside>((resolve, reject) => {
      child.once('message', (told) => resolve(told as Inside))
      child.send({}, (error) => error && reject(error))
    })
  const standstill = async () => (await inside()).longestMs
  return { url, pid: child.pid ?? 0, inside, standstill, end: () => stop(child) }
}

/** The built collector on a data directory. */
export function startWatchedCollector(
  directory: string,
  more: readonly string[] = [],
): Promise<Watched> {
  const [, ...argv] = command('--json', 'collector', '--listen', '127.0.0.1:0')
  return startWatched([...argv, '--data', directory, ...more])
}

/** A data directory that knows the keys of so many agents; `remove` when done. */
export async function enrolledDirectory(agents: number) {
  const directory = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
  const store = await openSqliteStore(directory, Date.now())
  await enrolAll(store, agents)
  await store.close()
  const { sha256 } = await loadProfile('pureconnect-rcm')
  const remove = () => rmSync(directory, { recursive: true, force: true })
  return { directory, profileSha256: sha256, remove }
}

/** What a program's event loop is late by while nothing is asked of it: the monitor's own floor. */
export async function floorOf({ standstill }: Pick<Watched, 'standstill'>): Promise<number> {
  await standstill()
  await setTimeout(STILL_MS)
  return standstill()
}

/** One thing done with a program: how long it took, what it cost and how long the loop stood for it. */
export interface Cost {
  readonly ms: number
  readonly cpuMs: number
  readonly standstillMs: number
  readonly rssMb: number
}

export async function costOf(
  { pid, standstill }: Watched,
  act: () => Promise<unknown>,
): Promise<Cost> {
  await standstill()
  const before = usageOf(pid)?.cpuSeconds ?? 0
  const began = performance.now()
  await act()
  const ms = performance.now() - began
  const standstillMs = await standstill()
  const { cpuSeconds = 0, rssMb = 0 } = usageOf(pid) ?? {}
  return { ms, cpuMs: 1000 * (cpuSeconds - before), standstillMs, rssMb }
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Reads an answer to its last byte, as it came: packed where the other side packs. */
export function readWhole(url: string): Promise<{ readonly octets: number }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { 'accept-encoding': 'gzip' } }, (answer) => {
      let octets = 0
      answer.on('data', (part: Buffer) => {
        octets += part.length
      })
      answer.on('error', reject)
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve({ octets })
        else reject(new Error(`${url}: wanted 200, found ${answer.statusCode}`))
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}
