import { expect, test } from 'vitest'
import type { Observation } from '../../shared/record/kinds.ts'
import { link, nic } from '../shared/verdict/links.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { type TestCollector, testCollector } from './support/collector.ts'
import { envelope, MINUTE, record, START } from './support/fixtures.ts'

const EVERY = 10 * MINUTE

interface Carried {
  readonly minute: number
  readonly seen?: Observation
  readonly part?: number
  readonly parts?: number
}

/** Delivers a minute of streams, with a part of a round that began at START where `seen` is given. */
async function deliver(own: TestCollector, { minute, seen, part = 1, parts = 1 }: Carried) {
  const base = record(own.profileSha256, { minute })
  own.clock.nowMs = base.window.to + 2000
  const round = { startedMs: START, part, parts, everyMs: EVERY }
  const whole =
    seen === undefined ? base : { ...base, round, observations: [...base.observations, seen] }
  return own.deliver(envelope(whole))
}

const half = link({ interfaces: [nic({ duplex: 'half' })] })
const duplexOf = (body: { findings: { id: string; verdict: string; reason: string }[] }) => {
  const found = body.findings.find(({ id }) => id === 'VRN-2')
  return `${found?.verdict} ${found?.reason}`
}
const now = async (own: TestCollector) => (await own.get('/api/v1/sites/leeds')).body

test('what an agent saw besides voice stands beside the streams of later minutes, until it is too old', async () => {
  const own = await testCollector()
  expect((await deliver(own, { minute: 0, seen: half })).status).toBe(201)
  for (const minute of [1, 18]) await deliver(own, { minute })
  const site = await now(own)
  expect(duplexOf(site.window)).toBe('fail half-duplex')
  expect(site.overall).toBe('NOT READY')
  expect(site.window.checks).toMatchObject({ agent: 'leeds-1', complete: true, kinds: ['link'] })
  const { text } = await own.get('/metrics')
  expect(text).toContain(
    'voipready_clause_verdict{site="leeds",clause="VRN-2",far_end="none",leg="none",verdict="fail"} 1',
  )
  expect(text).toContain(`voipready_checks_start_timestamp_seconds{site="leeds"} ${START / 1000}`)

  await deliver(own, { minute: 19 })
  expect(duplexOf((await now(own)).window)).toBe('not-tested probe-not-run')
  expect((await now(own)).window.checks).toBeNull()
})

test('a quarter hour is judged by what held at its end', async () => {
  const own = await testCollector()
  await deliver(own, { minute: 0, seen: half })
  for (const minute of [16, 40]) await deliver(own, { minute })
  const at = async (minute: number) => {
    const instant = new Date(START + minute * MINUTE).toISOString()
    return (await own.get(`/api/v1/sites/leeds/findings?at=${instant}`)).body
  }
  expect(duplexOf(await at(5))).toBe('fail half-duplex')
  expect(duplexOf(await at(40))).toBe('not-tested probe-not-run')
})

test('it is still known after a restart of the collector', async () => {
  const directory = temporaryDirectory()
  let stop = async () => {}
  const first = await testCollector({ directory, onEnd: (end) => (stop = end) })
  await deliver(first, { minute: 0, seen: half })
  await deliver(first, { minute: 1 })
  await stop()
  const second = await testCollector({ directory })
  second.clock.nowMs = first.clock.nowMs
  expect(duplexOf((await now(second)).window)).toBe('fail half-duplex')
})

test('a round in two parts is whole when both have come', async () => {
  const own = await testCollector()
  await deliver(own, { minute: 0, seen: link(), part: 1, parts: 2 })
  expect((await now(own)).window.checks.complete).toBe(false)
  await deliver(own, { minute: 1, seen: link({ from: START + 1 }), part: 2, parts: 2 })
  expect((await now(own)).window.checks.complete).toBe(true)
})

test('a kind of observation that this collector does not know is refused by name, never dropped', async () => {
  const own = await testCollector()
  const stranger = { ...half, kind: 'telepathy' } as unknown as Observation
  const answer = await deliver(own, { minute: 0, seen: stranger })
  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({
    where: 'payload.observations.2.kind',
    found: 'telepathy',
    repair: expect.stringContaining('update the collector'),
  })
  expect((await own.get('/api/v1/sites')).body.sites).toEqual([])
})
