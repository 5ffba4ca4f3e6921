import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start, stop, type Usage, usageOf } from './processes.ts'
import { command, withPair } from './product.ts'
import type { Sample } from './table.ts'

const SETTLE_SECONDS = 15
const SECONDS = 60

/** The agent with one continuous G.711 call and a collector that does not answer: CPU and memory. */
export function oneCall(): Promise<Sample[]> {
  return withPair(async (hosts, reflector) => {
    const folder = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
    const agent = start(hosts.on('a', agentCommand(folder, hosts.addressB, reflector.key)))
    try {
      return await watch(agent.pid ?? 0)
    } finally {
      await stop(agent)
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

async function watch(pid: number): Promise<Sample[]> {
  await pause(SETTLE_SECONDS)
  const before = usageOf(pid)
  let peak = 0
  for (let second = 0; second < SECONDS; second += 1) {
    await pause(1)
    peak = Math.max(peak, usageOf(pid)?.rssMb ?? Number.NaN)
  }
  const used = cpu(usageOf(pid)) - cpu(before)
  const row = (what: string, value: number, unit: string): Sample => ({
    what: `one call: ${what}`,
    value,
    peer: Number.NaN,
    unit,
  })
  return [
    row('agent CPU', (100 * used) / SECONDS, '% of a core'),
    row('agent RSS, peak', peak, 'MB'),
  ]
}

function agentCommand(folder: string, reflector: string, key: string): string[] {
  const [site, token] = [join(folder, 'site.yaml'), join(folder, 'token')]
  writeFileSync(token, 'bench-token-that-nobody-checks')
  writeFileSync(
    site,
    [
      'format: voip-ready/site/1\nsite: bench\nprofile: pureconnect-rcm\nfarEnds:\n  primary:',
      `    reflector: ${reflector}\n    port: 4000\n    key: ${key}\n`,
    ].join('\n'),
  )
  return [
    ...command('agent', '--site', site, '--spool', join(folder, 'spool'), '--checks', 'off'),
    ...['--collector', `http://${reflector}:8460`, '--token-file', token],
  ]
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const cpu = (usage: Usage | null) => usage?.cpuSeconds ?? Number.NaN
