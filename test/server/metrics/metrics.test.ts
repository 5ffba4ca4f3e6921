import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { newSecret } from '../../../server/access/bearer.ts'
import { auditOf } from '../../../server/access/desk.ts'
import { SILENT_AFTER_MS } from '../../../shared/clock.ts'
import { lossOf, marks, stream } from '../../shared/verdict/scenes.ts'
import { sharedCollector, type TestCollector, testCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

/** Samples of an exposition as `name{labels}` -> value. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' '))),
    ]),
  )
}
const series = async (collector: TestCollector) => samples((await collector.get('/metrics')).text)
const LEEDS = 'site="leeds",far_end="primary"'

let collector: TestCollector
let text: string
beforeAll(async () => {
  collector = await sharedCollector()
  for (const minute of [0, 1]) {
    const base = record(collector.profileSha256, { minute })
    const { from, to } = base.window
    const bad = { loss: lossOf(60), tos: marks([184, 2000], [0, 940]) }
    const observations = [
      stream({ farEnd: 'primary', from, to, out: bad }),
      stream({ farEnd: 'secondary', from, to }),
    ]
    collector.clock.nowMs = to + 2000
    await collector.deliver(envelope({ ...base, observations }))
  }
  text = (await collector.get('/metrics')).text
})

describe('the exposition', () => {
  test('says of the newest window what was measured, in base units', () => {
    const found = samples(text)
    const value = (name: string, labels: string) => found.get(`voipready_${name}{${labels}}`)
    expect(value('loss_ratio', `${LEEDS},leg="out"`)).toBe(0.02)
    expect(value('loss_ratio', `${LEEDS},leg="back"`)).toBe(0)
    expect(value('delay_low_seconds', `${LEEDS},leg="out",stat="p95"`)).toBe(0.02)
    expect(value('delay_high_seconds', `${LEEDS},leg="out",stat="p95"`)).toBe(0.022)
    expect(value('jitter_seconds', `${LEEDS},leg="out",stat="max"`)).toBe(0.002)
    expect(value('rtt_seconds', `${LEEDS},stat="p50"`)).toBe(0.042)
    expect(value('dscp_received_ratio', `${LEEDS},leg="out"`)).toBeCloseTo(2000 / 2940)
    expect(value('dscp_received_value', `${LEEDS},leg="out"`)).toBe(46)
    expect(value('clock_error_seconds', `${LEEDS},clock="agent"`)).toBe(0.001)
    expect(value('instrument_lateness_seconds', `${LEEDS},stat="p99"`)).toBe(0.0004)
    expect(value('agent_up', 'site="leeds",agent="leeds-1"')).toBe(1)
    expect(value('agent_records_missing', 'site="leeds",agent="leeds-1"')).toBe(0)
  })
  test('counts packets over all windows', () => {
    const found = samples(text)
    expect(found.get(`voipready_packets_sent_total{${LEEDS},leg="out"}`)).toBe(6000)
    expect(found.get(`voipready_packets_lost_total{${LEEDS},leg="out"}`)).toBe(120)
  })
  test('shows each verdict of a clause, one of them 1, and its reason', () => {
    const found = samples(text)
    const place = `site="leeds",clause="VRN-6",far_end="primary",leg="out"`
    const verdicts = ['pass', 'fail', 'inconclusive', 'not_tested'].map((verdict) =>
      found.get(`voipready_clause_verdict{${place},verdict="${verdict}"}`),
    )
    expect(verdicts).toEqual([0, 1, 0, 0])
    expect(found.get(`voipready_clause_reason{${place},reason="over_limit"}`)).toBe(1)
    expect(found.get('voipready_site_verdict{site="leeds",verdict="not_ready"}')).toBe(1)
    expect(found.get('voipready_site_findings{site="leeds",verdict="not_tested"}')).toBeGreaterThan(
      1,
    )
  })
  test('has no sample twice, no timestamp, and no value that is no number', () => {
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    const names = lines.map((line) => line.slice(0, line.lastIndexOf(' ')))
    expect(new Set(names).size).toBe(names.length)
    for (const line of lines) {
      expect(line).toMatch(/^[a-z_]+(\{.*\})? -?(\d+(\.\d+)?(e[+-]?\d+)?|\+Inf)$/)
    }
  })
  test('passes promtool check metrics', (context) => {
    const run = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
    if (run.error !== undefined) {
      if (process.env.CI === 'true') throw run.error
      context.skip('promtool is not installed')
    }
    expect(`${run.stdout}${run.stderr}`).toBe('')
    expect(run.status).toBe(0)
  })
  test('counts what the collector took and refused', async () => {
    await collector.deliver('{}')
    const found = await series(collector)
    expect(found.get('voipready_collector_records_total{outcome="stored"}')).toBe(2)
    expect(found.get('voipready_collector_refusals_total{reason="schema"}')).toBe(1)
  })
})

test('a silent site loses its series by itself, and they come back with it', async () => {
  const own = await testCollector()
  const deliver = (minute: number) => own.deliver(envelope(record(own.profileSha256, { minute })))
  await deliver(0)
  const heardMs = own.clock.nowMs
  const mine = (found: Map<string, number>) =>
    [...found.keys()].filter((name) => /site="leeds"/.test(name))
  const before = mine(await series(own))
  expect(before.length).toBeGreaterThan(100)

  own.clock.nowMs = heardMs - 2000 + SILENT_AFTER_MS
  expect(mine(await series(own))).toEqual(before)
  own.clock.nowMs += 2001
  const silent = await series(own)
  expect(mine(silent).sort()).toEqual([
    'voipready_agent_last_record_timestamp_seconds{site="leeds",agent="leeds-1"}',
    'voipready_agent_newest_window_timestamp_seconds{site="leeds",agent="leeds-1"}',
    'voipready_agent_records_missing{site="leeds",agent="leeds-1"}',
    'voipready_agent_up{site="leeds",agent="leeds-1"}',
  ])
  expect(silent.get('voipready_agent_up{site="leeds",agent="leeds-1"}')).toBe(0)

  own.clock.nowMs += MINUTE
  await deliver(7)
  expect(mine(await series(own))).toEqual(before)
})

test('a backlog does not pose as the present', async () => {
  const own = await testCollector()
  own.clock.nowMs += 60 * MINUTE
  await own.deliver(envelope(record(own.profileSha256, { minute: 0 })))
  const found = await series(own)
  expect([...found.keys()].some((name) => name.startsWith('voipready_loss_ratio'))).toBe(false)
  expect(found.get('voipready_agent_up{site="leeds",agent="leeds-1"}')).toBe(1)
  // By this VoipReadyAgentBehind tells it from one that is well.
  const newest = found.get(
    'voipready_agent_newest_window_timestamp_seconds{site="leeds",agent="leeds-1"}',
  )
  expect(own.clock.nowMs / 1000 - (newest ?? Infinity)).toBeGreaterThan(3000)
})

test('what an agent last said of itself goes with its silence, though another one of its site is heard', async () => {
  const own = await testCollector()
  const { deliver, clock, profileSha256, store } = own
  const { written, ...secret } = newSecret()
  const agent = { role: 'agent' as const, customer: null, site: 'leeds', agent: 'leeds-2' }
  const added = { ...agent, ...secret, name: 'leeds-2', addedMs: START, expiresMs: null }
  const audit = auditOf({ nowMs: () => START }, 'console:test', 'token.add', null)
  await store.access.addToken(added, audit)
  const second = { authorization: `Bearer ${written}` }
  const send = async (name: string, minute: number, headers?: typeof second) => {
    const one = record(profileSha256, { agent: name, minute })
    clock.nowMs = one.window.to + 2000
    return (await deliver(envelope(one), headers)).status
  }
  // The token was put beside the collector, which looks for new ones ten times a second at most.
  await expect.poll(() => send('leeds-2', 0, second), { timeout: 20_000 }).toBe(201)
  const told = async () => {
    const names = [...(await series(own)).keys()]
    return names.flatMap((one) => /^voipready_agent_info{.*agent="([^"]*)"/.exec(one)?.[1] ?? [])
  }
  await send('leeds-1', 1)
  expect((await told()).sort()).toEqual(['leeds-1', 'leeds-2'])
  const minutes = SILENT_AFTER_MS / MINUTE
  await send('leeds-1', 1 + minutes)
  expect(await told()).toEqual(['leeds-1'])
  const up = (await series(own)).get('voipready_agent_up{site="leeds",agent="leeds-2"}')
  expect(up).toBe(0)
})
