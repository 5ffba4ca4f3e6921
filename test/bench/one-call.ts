import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHosts } from './hosts.ts'
import { start, stop, type Usage, usageOf } from './processes.ts'
import { command, startReflector } from './product.ts'
import type { Sample } from './table.ts'

const SETTLE_SECONDS = 15
const SECONDS = 60

/** The agent with one continuous G.711 call and a collector that does not answer: CPU and memory. */
export async function oneCall(): Promise<Sample[]> {
  const hosts = createHosts()
  const reflector = await startReflector(hosts)
  const folder = mkdtempSync(join(tmpdir(), 'voip-ready-bench-'))
  writeFileSync(join(folder, 'token'), 'bench-token-that-nobody-checks')
  writeFileSync(
    join(folder, 'site.yaml'),
    [
      'format: voip-ready/site/1',
      'site: bench',
      'profile: pureconnect-rcm',
      'farEnds:',
      '  primary:',
      `    reflector: ${hosts.addressB}`,
      '    port: 4000',
      `    key: ${reflector.key}`,
    ].join('\n'),
  )
  const agent = start(
    hosts.on('a', [
      ...command('agent', '--site', join(folder, 'site.yaml'), '--spool', join(folder, 'spool')),
      ...['--collector', `http://${hosts.addressB}:8460`, '--token-file', join(folder, 'token')],
    ]),
  )
  try {
    await pause(SETTLE_SECONDS)
    const before = usageOf(agent.pid ?? 0)
    let peak = 0
    for (let second = 0; second < SECONDS; second += 1) {
      await pause(1)
      peak = Math.max(peak, usageOf(agent.pid ?? 0)?.rssMb ?? Number.NaN)
    }
    const used = (usageOf(agent.pid ?? 0)?.cpuSeconds ?? Number.NaN) - cpu(before)
    return [
      {
        what: 'one call: agent CPU',
        value: (100 * used) / SECONDS,
        peer: Number.NaN,
        unit: '% of a core',
      },
      { what: 'one call: agent RSS, peak', value: peak, peer: Number.NaN, unit: 'MB' },
    ]
  } finally {
    await stop(agent)
    await reflector.stop()
    hosts.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const cpu = (usage: Usage | null) => usage?.cpuSeconds ?? Number.NaN
