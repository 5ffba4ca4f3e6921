import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { openEnvelope } from '../../agent/uplink/envelope.ts'
import type { StreamObservation } from '../../shared/record/observation.ts'
import type { AgentRecord } from '../../shared/record/record.ts'
import { streamOutside } from '../../shared/record/window.ts'
import { freePort } from '../support/free-port.ts'
import { lossyRelay } from '../support/lossy-relay.ts'
import { start, startReflector } from '../support/program.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { FakeClock } from './fake-clock.ts'
import { faultTest } from './needs.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const PATIENCE = { timeout: 100_000, interval: 200 }

/** An agent that lives by this clock, its records, and how much voice it has sent. */
async function startAgent(clock: FakeClock, engine: 'dgram' | 'linux') {
  const folder = temporaryDirectory()
  const reflector = await startReflector(folder)
  const relay = await lossyRelay(reflector.port, 1, { lost: 0, doubled: 0, held: 0, holdMs: 0 })
  onTestFinished(() => relay.close())
  const farEnds = { primary: { reflector: '127.0.0.1', port: relay.port, key: reflector.key } }
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
  /** Until it has sent so many packets more: fifty are a second on a host that has time for it. */
  const speaks = async (packets: number) => {
    const before = relay.heard()
    await expect.poll(() => relay.heard() - before, PATIENCE).toBeGreaterThanOrEqual(packets)
  }
  return { agent, speaks, records: () => readSpool(spool) }
}

/**
 * The same, of whose first minute a good part is left now that it is measuring; on a busy host, that may
 * take more than one start.
 */
async function startedInMinute() {
  for (const leftMs of [11_000, 25_000, 45_000]) {
    const clock = new FakeClock(untilMinute(leftMs))
    const started = await startAgent(clock, 'dgram')
    await started.speaks(100)
    if (MINUTE_MS - (clock.nowMs() % MINUTE_MS) > 3000 && started.records().length === 0)
      return { clock, ...started }
    started.agent.child.kill('SIGKILL')
    await started.agent.ended
  }
  throw new Error('this host needs more than half a minute to start an agent')
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
      const record = JSON.parse(Buffer.from(payload.value).toString()) as AgentRecord
      // However its clock is set: a collector takes no others.
      if (streamOutside(record) !== -1) throw new Error(`${name}: a stream of other time`)
      return record
    })
}

function streamsOf(record: AgentRecord | undefined): readonly StreamObservation[] {
  return (record?.observations ?? []).filter((seen) => seen.kind === 'stream')
}

/** Offset that makes a clock begin with this many seconds left of its minute. */
const untilMinute = (leftMs: number) => MINUTE_MS - leftMs - (Date.now() % MINUTE_MS)

faultTest(
  'an agent whose wall clock jumps an hour ahead and back makes its records and flags both windows',
  { programs: ['faketime'] },
  async () => {
    const { clock, agent, speaks, records } = await startedInMinute()
    clock.jump(HOUR_MS)
    await expect.poll(() => records().length, PATIENCE).toBe(1)
    await speaks(50)
    clock.jump(-HOUR_MS)
    await speaks(100)
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
      expect(seen?.rtt?.max, 'round trips need no clock').toBeLessThan(MINUTE_MS)
    }
  },
)

faultTest(
  "an agent under the linux engine, which reads the kernel's clock, is not confused when only its process's clock jumps",
  { programs: ['faketime'] },
  async () => {
    const clock = new FakeClock()
    const { agent, speaks, records } = await startAgent(clock, 'linux')
    await speaks(50)
    clock.jump(HOUR_MS)
    await speaks(50)
    clock.jump(-2 * HOUR_MS)
    await speaks(50)
    agent.child.kill('SIGTERM')
    const { code, err } = await agent.ended
    expect(code, err).toBe(0)
    const sent = records().flatMap((record) =>
      streamsOf(record).map((seen) => seen.instrument.sent),
    )
    expect(sent.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(100)
  },
)
