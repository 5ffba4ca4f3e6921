import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadProfile } from '../../../config/load.ts'
import { SignedJournal } from '../../../server/ledger/signed-journal.ts'
import { PlanDesk } from '../../../server/plans/plan-desk.ts'
import { monthEnded } from '../../../server/reports/months.ts'
import { formatVkey } from '../../../shared/evidence/vkey.ts'
import { UTC, zoneOf } from '../../../shared/report/zone.ts'
import { KEYS, SIGNERS } from '../../support/evidence-world.ts'
import type { TestCollector } from '../support/collector.ts'
import { MINUTE, START } from '../support/fixtures.ts'
import { filled } from '../support/logged-world.ts'

const iso = (ms: number) => new Date(ms).toISOString()
const time = (from: number, to: number) =>
  `from=${iso(START + from * MINUTE)}&to=${iso(START + to * MINUTE)}`
const MONTH = iso(START).slice(0, 7)
const NEXT_MONTH = Date.UTC(Number(MONTH.slice(0, 4)), Number(MONTH.slice(5)), 1)

let collector: TestCollector
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'voip-ready-test-'))
  const onEnd = (stop: () => Promise<void>) =>
    afterAll(async () => {
      await stop()
      rmSync(directory, { recursive: true, force: true })
    })
  collector = await filled(31, { directory, onEnd }, SIGNERS.log, undefined, {
    before: async (made, minute) => {
      if (minute === 0) await putPlan(made)
    },
  })
}, 120_000)

const KEY = KEYS.reflector.map(formatVkey)

/** As the collector itself puts a plan: into the store, and what the log says of it with it. */
async function putPlan({ store, clock }: TestCollector): Promise<void> {
  const { profile, sha256 } = await loadProfile('pureconnect-rcm')
  const nowMs = () => clock.nowMs
  const journal = new SignedJournal(store.ledger, SIGNERS.log, nowMs)
  const desk = new PlanDesk({ store, profile: () => ({ sha256, profile }), journal, nowMs })
  const end = { reflector: '192.0.2.1', key: `lab:${'s'.repeat(32)}`, reflectorKeys: KEY }
  const site = { format: 'voip-ready/site/1', site: 'leeds', profile: profile.id }
  const put = await desk.put(
    'leeds',
    {
      format: 'voip-ready/plan/1',
      site: { ...site, farEnds: { primary: end, secondary: end } },
      profile: { id: profile.id, version: profile.version, sha256 },
    },
    0,
    'noc',
  )
  expect(put).toMatchObject({ ok: true, value: { outcome: 'stored' } })
}

async function get(path: string) {
  const url = `/api/v1/sites/leeds/${path}`
  const found = await collector.app.inject({ url, headers: { host: '127.0.0.1:8460' } })
  const { statusCode: status, headers, rawPayload: octets, body: text } = found
  return { status, headers, octets, text }
}

test('a report over HTTP names the bundle that the collector hands out, and whose keys it stands on', async () => {
  const bundle = await get(`bundle?${time(0, 30)}`)
  const sha256 = createHash('sha256').update(bundle.octets).digest('hex')
  const report = await get(`reports/readiness?${time(0, 30)}`)
  expect([report.status, report.text.slice(0, 15)]).toEqual([200, '<!doctype html>'])
  expect(report.text).toContain(sha256)
  expect(report.text).toMatch(/voip-ready verify leeds-[\w-]+\.bundle/)
  expect(report.text).toContain('Verified: signatures, receipts, log and time bounds hold')
  expect(report.text).toContain('Whose keys these are')
  expect(report.text).toContain('under those that the site&#39;s plan names for its reflectors')
  expect(report.text).toContain('named by plan 1 (entered by noc), in force since')
  expect(report.text).toContain(`--reflector-key &#39;${KEY[0]}`)
  expect(report.text).toContain('verifies the bundle with keys that he got elsewhere')
  expect(report.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-disposition': expect.stringMatching(/^inline; filename="leeds-readiness-/),
    'content-security-policy': expect.stringMatching(/^default-src 'none';.*; sandbox$/),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  expect((await get(`reports/readiness?${time(0, 30)}`)).octets.equals(report.octets)).toBe(true)
  const pdf = await get(`reports/readiness?${time(0, 30)}&format=pdf`)
  expect(String(pdf.octets.subarray(0, 5))).toBe('%PDF-')
  expect(pdf.headers['content-disposition']).toMatch(/^attachment; filename="leeds-.*\.pdf"$/)
}, 120_000)

test('who asks for it hears that his report is being made', async () => {
  const url = await collector.app.listen({ host: '127.0.0.1', port: 0 })
  const report = `${url}/api/v1/sites/leeds/reports/readiness?${time(0, 15)}`
  const answer = (headers: Record<string, string>) =>
    new Promise<string[]>((resolve, reject) => {
      const told: string[] = []
      const sent = request(report, { headers, agent: false })
      sent.on('information', (info) => {
        told.push(`${info.statusCode} ${info.headers['voip-ready-before']} before`)
      })
      sent.on('error', reject)
      sent.on('response', (found) => {
        found.resume().on('end', () => resolve([...told, String(found.statusCode)]))
      })
      sent.end()
    })
  // Further ones only say that it goes on: a slow machine has more of them.
  const heard = await answer({ prefer: 'processing' })
  expect([...new Set(heard)]).toEqual(['102 0 before', '200'])
  expect(await answer({})).toEqual(['200'])
}, 120_000)

test('an outage, and a repair, are told of by what the bundles hold', async () => {
  const said = await get(`reports/eligibility?${time(16, 20)}&outageRef=CASE-7&format=json`)
  expect([said.status, said.text.slice(0, 300)]).toEqual([200, expect.any(String)])
  const found = JSON.parse(said.text)
  expect(found).toMatchObject({ kind: 'eligibility', title: 'Eligibility report' })
  expect(found.subtitle).toContain('CASE-7')
  expect(found.headline.word).toContain('CANNOT BE DETERMINED')
  const after = `afterFrom=${iso(START + 15 * MINUTE)}&afterTo=${iso(START + 30 * MINUTE)}`
  const both = await get(`reports/rectification?${time(0, 15)}&${after}&format=json`)
  expect(JSON.parse(both.text)).toMatchObject({ kind: 'rectification', bundles: [{}, {}] })
}, 120_000)

test('what cannot be reported is refused in words', async () => {
  for (const [path, why] of [
    ['reports/eligibility', 'outageRef'],
    ['reports/eligibility?outageRef=CASE-7', 'from and to of the outage'],
    [`reports/eligibility?${time(16, 60 * 24)}&outageRef=CASE-7`, 'a time that is past'],
    ['reports/rectification', 'from, to, afterFrom and afterTo'],
    ['reports/monthly?month=2999-01', 'a month that has begun'],
    ['reports/monthly?month=2026-13', 'month'],
    ['reports/monthly?zone=Nowhere/Nothing', 'the name of a time zone'],
    [`reports/readiness?${time(-60 * 24 * 40, 0)}`, 'at most 31 days'],
    [`reports/readiness?${time(0, 30)}&format=doc`, 'format'],
  ] as const) {
    const found = await get(path)
    expect([path, found.status, found.text]).toEqual([path, 400, expect.stringContaining(why)])
  }
})

test('a running month is told as far as it went; on the first, the one that has ended is listed', async () => {
  const before = await get('reports')
  expect(JSON.parse(before.text).months).toMatchObject([{ month: MONTH, over: false }])
  const report = await get(`reports/monthly?month=${MONTH}&format=json`)
  const found = JSON.parse(report.text)
  expect(found).toMatchObject({ kind: 'monthly', title: `Monthly report ${MONTH}` })
  expect(found.headline.says[0]).toContain('DOES NOT HOLD THE WHOLE MONTH')
  const { nowMs } = collector.clock
  collector.clock.nowMs = NEXT_MONTH
  const listed = await get('reports')
  collector.clock.nowMs = nowMs
  const month = { month: MONTH, to: iso(NEXT_MONTH), over: true }
  expect(JSON.parse(listed.text).months).toMatchObject([month])
}, 120_000)

test('the month that has ended is told by the calendar of a zone, to the hour', () => {
  const first = Date.parse('2026-11-01T00:00:00Z')
  expect(monthEnded(first, UTC)).toMatchObject({ month: '2026-10', toMs: first })
  expect(monthEnded(first - 1, UTC).month).toBe('2026-09')
  const london = zoneOf('Europe/London')
  const { month, fromMs, toMs } = monthEnded(first, london)
  expect([month, iso(fromMs), toMs]).toEqual(['2026-10', '2026-09-30T23:00:00.000Z', first])
})
