import { generateKeyPairSync } from 'node:crypto'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runStreams } from '../../../agent/check/session.ts'
import { type RunningReflector, startReflector } from '../../../agent/reflector/start.ts'
import { observe } from '../../../agent/run/observe.ts'
import { startStreams } from '../../../agent/stream/start.ts'
import type { StreamEvent, StreamPlan, StreamTarget } from '../../../agent/stream/types.ts'
import { compareReceipts } from '../../../shared/evidence/receipt-check.ts'
import { ReceiptStatementSchema } from '../../../shared/record/receipt.ts'
import { leftOfMinute } from '../../support/minute.ts'
import { collect, count, gatedRelay, makeKey } from './lab.ts'

const made = makeKey()
let reflector: RunningReflector

beforeAll(async () => {
  const { keysFile } = made
  reflector = await startReflector({ address: '127.0.0.1', port: 0, keysFile })
})
afterAll(async () => {
  await reflector?.stop()
  made.remove()
})

const target = (parts: Partial<StreamTarget> = {}): StreamTarget => ({
  farEnd: 'primary',
  address: '127.0.0.1',
  port: reflector.local.port,
  key: made.key,
  codec: 'g711',
  calls: 1,
  dscp: 46,
  ...parts,
})
const plan = (parts: Partial<StreamPlan>): StreamPlan => ({
  targets: [target()],
  engine: 'auto',
  windows: 'run',
  durationMs: 1000,
  drainMs: 300,
  ...parts,
})

describe.each([
  ['one call', 'g711', 1],
  ['fifty calls', 'g711', 50],
  ['G.729', 'g729', 5],
] as const)('%s over loopback', (_what, codec, calls) => {
  test('every packet is sent, answered, receipted and accounted for', async () => {
    const { windows } = await collect(startStreams(plan({ targets: [target({ codec, calls })] })))
    expect(windows.length).toBe(1)
    const [window] = windows
    if (window === undefined) throw new Error('no window')
    const sums = count(window)
    expect(window.streams.length).toBe(calls)
    expect(sums).toMatchObject({
      received: sums.sent,
      replied: sums.sent,
      answered: sums.sent,
      duplicates: 0,
      dupOut: 0,
      dupBack: 0,
    })
    expect(sums.sent).toBeLessThanOrEqual(calls * 50)
    expect(sums.sent).toBeGreaterThan(0)
    // A dwell is told by the reply that follows: where a busy host answers several at once, some are not.
    expect(sums.dwells).toBeGreaterThan(sums.answered * 0.25)
    expect(sums.leastRoundTripNs).toBeGreaterThan(0)
    expect(window.gaps).toEqual([])
    const { rows } = window.streams[0] ?? {}
    const seen = window.capabilities.seeTos ? [184, 184, 64, 64] : [-1, -1, -1, -1]
    const i = rows?.replySequence.findIndex((reply) => reply >= 0) ?? -1
    expect([rows?.tosOut[i], rows?.tosBack[i], rows?.ttlOut[i], rows?.ttlBack[i]]).toEqual(seen)
    expect(window.reflector?.capabilities.engine).toBe(reflector.capabilities.engine)
    // An answer to the end that was late is not waited for: the reflector may hear of it a moment later.
    await expect.poll(async () => (await reflector.tally()).sessions).toBe(0)
  })
})

test('the engine that runs anywhere says what it cannot see, and counts as exactly', async () => {
  const { windows } = await collect(startStreams(plan({ engine: 'dgram' })))
  const [window] = windows
  if (window === undefined) throw new Error('no window')
  const sums = count(window)
  expect(sums).toMatchObject({ received: sums.sent, answered: sums.sent })
  expect(window.egressProof).toBe('none')
  expect(window.egressTos).toBeNull()
  expect(new Set(window.streams[0]?.rows.tosBack)).toEqual(new Set([-1]))
})

test('a continuous stream that is stopped gives its minute with the missing parts named', async () => {
  await leftOfMinute(5000)
  const streams = startStreams(plan({ windows: 'minute' }))
  const done = collect(streams)
  await new Promise<void>((resolve) =>
    streams.on((event) => {
      if (event.type === 'progress' && event.received > 20) resolve()
    }),
  )
  await streams.stop()
  const { windows } = await done
  for (const window of windows) {
    expect(window.evidence).toEqual({ receipts: [], oneSided: 'not-offered' })
    expect(window.from % 60_000).toBe(0)
    expect(window.to - window.from).toBe(60_000)
    for (const gap of window.gaps) expect(gap.to).toBeLessThanOrEqual(window.to)
  }
  const sums = windows.map(count)
  for (const sum of sums) expect([sum.received, sum.answered]).toEqual([sum.sent, sum.sent])
  const causes = windows.flatMap((window) => window.gaps.map((gap) => gap.cause))
  expect(causes[0]).toBe('agent-start')
  expect(causes.at(-1)).toBe('agent-stop')
})

test('streams that are stopped before their session opens end all the same', async () => {
  await leftOfMinute(10_000)
  const gate = await gatedRelay(reflector.local.port)
  try {
    const port = gate.port
    const streams = startStreams(plan({ windows: 'minute', targets: [target({ port })] }))
    const done = collect(streams)
    await gate.asked
    // Its command waits for the program to be there, and is heard before any answer comes.
    const stopped = streams.stop()
    await new Promise((resolve) => setTimeout(resolve, 300))
    gate.open()
    await stopped
    const { windows, events } = await done
    expect(events).toContainEqual(expect.objectContaining({ type: 'state', state: 'open' }))
    expect(windows.length).toBe(1)
    expect(windows.map((window) => count(window).sent)).toEqual([0])
    expect(windows[0]?.gaps.map(({ cause }) => cause)).toContain('agent-stop')
  } finally {
    gate.close()
  }
})

test('a minute has the signed word of a reflector that signs; counts of both sides are the same', async () => {
  const { keysFile } = made
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const signing = { pem, name: 'dc1', version: '1.0.0', keepsRows: false }
  const signs = await startReflector({ address: '127.0.0.1', port: 0, keysFile, signing })
  const targets = [target({ port: signs.local.port, calls: 3 })]
  await leftOfMinute(5000)
  const streams = startStreams(plan({ windows: 'minute', targets }))
  const done = collect(streams)
  await new Promise<void>((resolve) =>
    streams.on((event) => {
      if (event.type === 'progress' && event.received > 100) resolve()
    }),
  )
  await streams.stop()
  await signs.stop()
  for (const window of (await done).windows) {
    expect(window.evidence.oneSided).toBeNull()
    const receipt = window.evidence.receipts[0]
    const text = Buffer.from(receipt?.payload ?? '', 'base64')
    const statement = v.parse(ReceiptStatementSchema, JSON.parse(text.toString('utf8')))
    const sums = count(window)
    expect(statement.received).toBe(sums.received)
    expect(statement.received).toBe(sums.sent)
    expect(statement.ranges).toHaveLength(3)
    expect(statement.delay?.n).toBe(statement.received)
    const limits = { delayMs: 150, jitterMs: 30, lateAfterMs: 200, driftPpm: 100 }
    const seen = observe(window, limits, 'MPLS')
    expect(compareReceipts(seen, [statement])).toEqual([])
    const { n, p95, reached } = statement.jitter ?? {}
    expect(seen.stampedJitter).toMatchObject({ n, running: { n, p95 } })
    expect(seen.stampedJitter?.reachesLimit).toBe(reached?.[limits.jitterMs - 1] ?? 0)
    const { fromMs, toMs } = window.monotonic
    expect(Math.abs(toMs - fromMs - (window.to - window.from))).toBeLessThan(500)
  }
})

test('a NAT that gives the flow another port is named, and nothing of it is a loss', async () => {
  const relay = await gatedRelay(reflector.local.port)
  relay.open()
  let rebound: Promise<void> | undefined
  const run = await runStreams(
    plan({ targets: [target({ port: relay.port })], durationMs: 6000 }),
    {
      ...{ startStreams, stop: new AbortController().signal },
      onEvent: (event) => {
        if (event.type === 'progress' && event.received > 20) rebound ??= relay.rebind()
      },
    },
  )
  await rebound
  relay.close()
  expect(run.farEnds).toMatchObject([{ state: 'open', moved: true }])
  const [window] = run.windows
  if (window === undefined) throw new Error('no window')
  expect(window.gaps.map((gap) => gap.cause)).toEqual(['nat-moved'])
  const sums = count(window)
  expect(sums.answered).toBe(sums.sent)
  expect(sums.sent).toBeGreaterThan(150)
})

test('a reflector started anew is a gap with its cause, and no packet of it is a loss', async () => {
  const { keysFile } = made
  const first = await startReflector({ address: '127.0.0.1', port: 0, keysFile })
  const { port } = first.local
  const streams = startStreams(plan({ targets: [target({ port })], durationMs: 8000 }))
  const done = collect(streams)
  const until = (wanted: (event: StreamEvent) => boolean) =>
    new Promise<void>((resolve) =>
      streams.on((event) => {
        if (wanted(event)) resolve()
      }),
    )
  await until((event) => event.type === 'progress' && event.received > 20)
  await first.stop()
  await until((event) => event.type === 'state' && event.state === 'silent')
  const second = await startReflector({ address: '127.0.0.1', port, keysFile })
  const { windows } = await done
  await second.stop()
  const [window] = windows
  if (window === undefined) throw new Error('no window')
  expect(window.gaps.map((gap) => gap.cause)).toEqual(['reflector-restart'])
  const sums = count(window)
  expect(sums.answered).toBe(sums.sent)
  expect(sums.sent).toBeLessThan(400)
  const { rows, receipt } = window.streams[0] ?? {}
  expect(receipt?.firstSequence).toBeGreaterThan(rows?.firstSequence ?? 0)
  expect(receipt?.received).toBeGreaterThan(0)
  const replies = [...(rows?.replySequence ?? [])].filter((reply) => reply >= 0)
  expect(new Set(replies).size).toBe(replies.length)
})

test('a wrong key meets silence, a bound meets its name; both end with a gap and no packet', async () => {
  const key = { ...made.key, secret: 'x'.repeat(32) }
  const silent = collect(startStreams(plan({ targets: [target({ key })] })))
  const many = startStreams(plan({ targets: [target({ calls: 3700 })] }))
  const refused = await collect(many)
  expect(refused.windows[0]?.gaps.map((gap) => gap.cause)).toEqual(['refused'])
  expect(refused.events).toContainEqual({
    type: 'state',
    farEnd: 'primary',
    state: 'refused',
    detail: 'packets-per-second, limit 200000',
  })
  const { windows } = await silent
  expect(windows[0]?.streams).toEqual([])
  expect(windows[0]?.gaps.map((gap) => gap.cause)).toEqual(['no-session'])
})

test('a plan that cannot be run is refused in one line', () => {
  expect(() => startStreams(plan({ targets: [] }))).toThrow(/at least one far end/)
  expect(() => startStreams(plan({ targets: [target({ calls: 9999 })] }))).toThrow(/1 to 4000/)
})
