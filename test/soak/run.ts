import { parseArgs } from 'node:util'
import { MemoryWatch } from './memory.ts'
import { CHECKED_LINES } from './opinion.ts'
import { drawPlan, MINUTE_MS, MOST_MINUTES } from './plan.ts'
import { holdReceipts } from './receipts.ts'
import { readRecords } from './records.ts'
import { failuresOf, tableOf, weatherOf } from './report.ts'
import { type System, startSystem } from './system.ts'
import { judgeRecords, type WindowResult } from './verdicts.ts'

/** The last window drains, gets its receipt, and is delivered. */
const AFTERWARDS_MS = 25_000
const LOOK_EVERY_MS = 10_000

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
  },
})
const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
if (process.getuid?.() !== 0) {
  console.error('soak: wanted root on Linux, for network namespaces')
  process.exit(4)
}
if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST_MINUTES) {
  console.error(`soak: --minutes: wanted 1 to ${MOST_MINUTES}, found ${values.minutes}`)
  process.exit(3)
}
console.error(`soak: ${minutes} minutes, repeat it with --seed ${seed}`)
process.exitCode = await soak()

async function soak(): Promise<number> {
  const system = await startSystem(seed, minutes * 60 + 300)
  const { lab } = system
  let good = false
  try {
    const firstMs = Math.ceil((Date.now() + 2000) / MINUTE_MS) * MINUTE_MS
    const { rules, spells } = drawPlan(seed, firstMs, minutes)
    await lab.router('r2-r3').impair(rules, seed)
    const pids = [...system.processes].map(([name, child]) => [name, child.pid] as const)
    const memory = new MemoryWatch(new Map(pids))
    const told = await watch(system, memory, firstMs + minutes * MINUTE_MS + AFTERWARDS_MS)
    for (const name of ['agent', 'collector']) await endProcess(system, name)
    const truth = await lab.router('r2-r3').truth()
    const records = await readRecords(system.data, system.spool)
    const windows = await judgeRecords(records.records, truth, spells)
    const result = {
      seed,
      minutes,
      records,
      receipts: holdReceipts(records.records),
      windows,
      memory: memory.rows(),
      ...compare(windows, told),
    }
    const failures = failuresOf(result)
    console.log(`${weatherOf(windows)}\n\n${tableOf(result)}`)
    for (const failure of failures) console.log(`DISAGREES: ${failure}`)
    good = failures.length === 0
    return good ? 0 : 1
  } finally {
    if (!good) {
      lab.keep()
      console.error(`soak: logs, records and the router's truth are in ${lab.folder}`)
    }
    await lab.destroy()
  }
}

/** What the collector itself said of each window that was its newest when it was asked. */
type Told = Map<number, readonly Verdict[]>
interface Verdict {
  readonly id: string
  readonly leg: string
  readonly farEnd: string
  readonly verdict: string
}

async function watch(system: System, memory: MemoryWatch, untilMs: number): Promise<Told> {
  const told: Told = new Map()
  while (Date.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    memory.look()
    const site = (await system.ask('/api/v1/sites/soak')) as {
      readonly window?: { readonly period: { readonly from: string }; readonly findings: Verdict[] }
    } | null
    if (site?.window === undefined) continue
    const { period, findings } = site.window
    told.set(Date.parse(period.from), findings)
  }
  return told
}

function compare(windows: readonly WindowResult[], told: Told) {
  const asked = windows.filter(({ fromMs }) => told.has(fromMs))
  const differed = asked.filter(({ fromMs, farEnd, verdicts }) => {
    const theirs = (told.get(fromMs) ?? [])
      .filter((one) => one.farEnd === farEnd && CHECKED_LINES.includes(one.id))
      .map(({ id, leg, verdict }) => `${id} ${leg} ${verdict}`)
    return theirs.sort().join() !== [...verdicts].sort().join()
  })
  return { collectorAsked: asked.length, collectorDiffered: differed.length }
}

async function endProcess(system: System, name: string): Promise<void> {
  const child = system.processes.get(name)
  if (child === undefined || !child.running) throw new Error(`${name} ended by itself`)
  process.kill(child.pid, 'SIGTERM')
  const late = setTimeout(() => child.kill(), 15_000)
  const code = await child.ended
  clearTimeout(late)
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${child.output().slice(-2000)}`)
}
