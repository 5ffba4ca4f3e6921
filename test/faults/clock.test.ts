import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openEnvelope } from '../../agent/uplink/envelope.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import { freePort } from '../support/free-port.ts'
import { start, startReflector } from '../support/program.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { FakeClock } from './fake-clock.ts'
import { faultTest } from './needs.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const PATIENCE = { timeout: 100_000, interval: 200 }

/** An agent whose clock says that a minute has `leftMs` to go, and its records. */
async function startAgent(clock: FakeClock, engine: 'dgram' | 'linux') {
  const folder = temporaryDirectory()
  const reflector = await startReflector(folder)
  const farEnds = { primary: { reflector: '127.0.0.1', port: reflector.port, key: reflector.key } }
  const site = { format: 'voip-ready/site/1', site: 'faulty', profile: 'pureconnect-rcm', farEnds }
  writeFileSync(join(folder, 'site.yaml'), JSON.stringify(site))
  writeFileSync(join(folder, 'token'), 'a-token-that-nobody-reads')
  const spool = join(folder, 'spool')
  const where = `http://127.0.0.1:${await freePort()}`
  const agent = start(
    [
      ...['agent', '--site', join(folder, 'site.yaml'), '--engine', engine, '--spool', spool],
      ...['--checks', 'off'],
      ...['--collector', where, '--token-file', join(folder, 'token')],
    ],
    clock.env,
  )
  await agent.says(/the far end answers/)
  return { agent, records: () => readSpool(spool) }
}

function readSpool(spool: string): readonly AgentRecord[] {
  const pending = join(spool, 'pending')
  if (!existsSync(pending)) return []
  return readdirSync(pending)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const payload = openEnvelope(readFileSync(join(pending, name)))
      if (!payload.ok) throw new Error(`${name}: ${payload.error}`)
      return JSON.parse(Buffer.from(payload.value).toString()) as AgentRecord
    })
}

function streamsOf(record: AgentRecord | undefined): readonly StreamObservation[] {
  return (record?.observations ?? []).filter((seen) => seen.kind === 'stream')
}

/** Offset that makes a clock begin with this many seconds left of its minute. */
const untilMinute = (leftMs: number) => MINUTE_MS - leftMs - (Date.now() % MINUTE_MS)
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000))

faultTest(
  'an agent whose wall clock jumps an hour ahead and back makes its records and flags both windows',
  { programs: ['faketime'] },
  async () => {
    const clock = new FakeClock(untilMinute(10_000))
    const { agent, records } = await startAgent(clock, 'dgram')
    await seconds(2)
    clock.jump(HOUR_MS)
    await expect.poll(() => records().length, PATIENCE).toBe(1)
    clock.jump(-HOUR_MS)
    await seconds(3)
    agent.child.kill('SIGTERM')
    const { code, err } = await agent.ended

    expect(code, err).toBe(0)
    const [first, second, ...more] = records()
    expect(more).toEqual([])
    expect([first?.sequence, second?.sequence]).toEqual([1, 2])
    expect((second?.window.from ?? 0) - (first?.window.to ?? 0)).toBeGreaterThan(HOUR_MS / 2)
    for (const record of [first, second]) {
      const [seen] = streamsOf(record)
      expect(seen?.clocks.agent.steps).toBe(1)
      expect(seen?.clocks.fault).toBe('step')
      expect(seen?.instrument.sent).toBeGreaterThan(50)
      expect(seen?.legs.out.loss).toMatchObject({ lost: 0, unattributed: 0 })
      expect(seen?.clocks.offset, 'no offset from a clock that stepped').toBeNull()
      expect(seen?.rtt?.max, 'round trips need no clock').toBeLessThan(1000)
    }
  },
)

faultTest(
  "an agent under the linux engine, which reads the kernel's clock, is not confused when only its process's clock jumps",
  { programs: ['faketime'] },
  async () => {
    const clock = new FakeClock()
    const { agent, records } = await startAgent(clock, 'linux')
    await seconds(1)
    clock.jump(HOUR_MS)
    await seconds(1)
    clock.jump(-2 * HOUR_MS)
    await seconds(1)
    agent.child.kill('SIGTERM')
    const { code, err } = await agent.ended
    expect(code, err).toBe(0)
    const sent = records().flatMap((record) =>
      streamsOf(record).map((seen) => seen.instrument.sent),
    )
    expect(sent.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(100)
  },
)
