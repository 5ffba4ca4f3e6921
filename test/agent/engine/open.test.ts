import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { CAPABILITY_NAMES } from '../../../agent/engine/capability-table.ts'
import { openEngine, probeCapabilities } from '../../../agent/engine/open.ts'

describe('opening an engine', () => {
  test('auto takes the linux engine exactly where it runs', async () => {
    const engine = await openEngine('auto', { scheduling: 'normal' })
    expect(engine.capabilities.engine).toBe(process.platform === 'linux' ? 'linux' : 'dgram')
  })

  test('instants count from a whole UTC day', async () => {
    for (const kind of ['auto', 'dgram'] as const) {
      const engine = await openEngine(kind, { scheduling: 'normal' })
      expect(engine.baseSeconds % 86_400).toBe(0)
      expect(Math.abs(engine.baseSeconds * 1000 + engine.wallNs() / 1e6 - Date.now())).toBeLessThan(
        1000,
      )
    }
  })
})

describe('probing capabilities', () => {
  test('each is told with its state, what its absence costs and the way to have it', async () => {
    const reports = await probeCapabilities()
    expect(reports.map((one) => one.capability)).toEqual(CAPABILITY_NAMES)
    for (const { found, cost, repair } of reports) {
      expect(found).not.toBe('')
      expect(cost.length).toBeGreaterThan(20)
      expect(repair.length).toBeGreaterThan(10)
    }
  })

  test.skipIf(process.platform !== 'linux')('it leaves the thread as it was', async () => {
    const before = policyOf(process.pid)
    await probeCapabilities()
    expect(policyOf(process.pid)).toBe(before)
  })
})

/** Scheduling policy and nice value of a thread, as /proc tells them. */
function policyOf(pid: number): string {
  const { stdout } = spawnSync('cat', [`/proc/${pid}/stat`], { encoding: 'utf8' })
  const fields = stdout.slice(stdout.lastIndexOf(')') + 2).split(' ')
  return `nice ${fields[16]} real-time priority ${fields[37]} policy ${fields[38]}`
}
