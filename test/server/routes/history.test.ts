import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  CoverageAnswer,
  TimelineAnswer,
  VerdictIntervalsAnswer,
} from '../../../server/routes/history-schemas.ts'
import { SitesAnswer } from '../../../server/routes/schemas.ts'
import { eventually } from '../../lab/command.ts'
import { jitterOf, stream } from '../../shared/verdict/scenes.ts'
import { sharedCollector, type TestCollector } from '../support/collector.ts'
import { envelope, MINUTE, record, START } from '../support/fixtures.ts'

const QUARTER = 15 * MINUTE
const iso = (ms: number) => new Date(ms).toISOString()
const SPAN = `from=${iso(START)}&to=${iso(START + 4 * QUARTER)}`
let collector: TestCollector

/** A good quarter hour, one with too much jitter out, half of one, and one of silence. */
beforeAll(async () => {
  collector = await sharedCollector()
  await collector.store.history.beat('test', START - QUARTER, START + 8 * QUARTER)
  const minutes = Array.from({ length: 38 }, (_, minute) => minute)
  collector.clock.nowMs = START + 3 * QUARTER
  const lines = minutes.map((minute) => {
    const base = record(collector.profileSha256, { minute })
    const { from, to } = base.window
    const out = { jitter: jitterOf(minute >= 15 && minute < 30 ? 40 : 2) }
    const observations = (['primary', 'secondary'] as const).map((farEnd) =>
      stream({ farEnd, from, to, out }),
    )
    return envelope({ ...base, observations })
  })
  const ndjson = { 'content-type': 'application/x-ndjson' }
  expect((await collector.deliver(lines.join('\n'), ndjson)).status).toBe(200)
  collector.clock.nowMs = START + 4 * QUARTER + 5 * MINUTE
  await eventually('four quarter hours are rolled up', async () => {
    const { body } = await get(`timeline?${SPAN}`)
    return sum(body.overall) === 4
  })
})

const get = (path: string) => collector.get(`/api/v1/sites/leeds/${path}`)
const sum = (overall: { readonly [name: string]: readonly (number | null)[] }) =>
  Object.values(overall)
    .flat()
    .reduce<number>((total, n) => total + (n ?? 0), 0)

describe('the timeline', () => {
  test('has both legs of both far ends on one grid, with the limits', async () => {
    const { body } = await get(`timeline?${SPAN}`)
    expect(v.is(TimelineAnswer, body)).toBe(true)
    expect(body).toMatchObject({ from: iso(START), step: '15m', stepSeconds: 900, points: 4 })
    expect(body.limits).toEqual({ delayMs: 150, jitterMs: 30, lossRatio: 0.01, dscp: 46 })
    expect(body.overall.notReady).toEqual([0, 1, 0, 0])
    const [primary, secondary] = body.places
    expect([primary.farEnd, secondary.farEnd]).toEqual(['primary', 'secondary'])
    expect(primary.out.jitterMs).toEqual([2, 40, 2, null])
    expect(primary.out.packets).toEqual([45_000, 45_000, 24_000, 0])
    expect(primary.gapSeconds).toEqual([0, 0, 420, 900])
    expect(primary.out.verdicts.jitter).toMatch(/^pf[in]{2}$/)
    expect(primary.back.verdicts.jitter).toMatch(/^pp[in]{2}$/)
  })

  test('of hours and days shows the worst quarter hour, and sums what was counted', async () => {
    for (const step of ['1h', '1d']) {
      const { body } = await get(`timeline?${SPAN}&step=${step}`)
      expect(v.is(TimelineAnswer, body)).toBe(true)
      const at = step === '1h' ? 0 : body.points - 1
      expect(body.places[0].out.jitterMs[at]).toBe(40)
      expect(body.places[0].out.packets[at]).toBe(114_000)
      expect(sum(body.overall)).toBe(4)
    }
  })

  test('where nothing is known says so, and never draws a value', async () => {
    const { body } = await get(`timeline?from=${iso(START - QUARTER)}&to=${iso(START + QUARTER)}`)
    expect(body.places[0].out.jitterMs).toEqual([null, 2])
    expect(body.places[0].out.verdicts.jitter).toBe('.p')
    expect(body.overall).toEqual({ ready: [null, 0], notReady: [null, 0], cannotSay: [null, 1] })
  })

  test.each(['1h', '1d'])(
    'counts nothing, not zero, in steps of %s before the site was known',
    async (step) => {
      const from = iso(START - 3 * 24 * 60 * MINUTE)
      const { body } = await get(
        `timeline?from=${from}&to=${iso(START + 4 * QUARTER)}&step=${step}`,
      )
      expect(v.is(TimelineAnswer, body)).toBe(true)
      for (const counts of [body.overall.ready, body.overall.notReady, body.overall.cannotSay]) {
        expect(counts[0]).toBeNull()
        expect(counts.at(-1)).toEqual(expect.any(Number))
      }
    },
  )

  test.each([
    ['step=15m&from=2020-01-01T00:00:00Z', 'at most 33 days'],
    ['from=2026-03-03T00:00:00Z&to=2026-03-02T00:00:00Z', 'from before to'],
    ['step=5m', 'step'],
    ['from=yesterday', 'from'],
    ['from=2000-01-01T00:00:00Z', 'at most'],
  ])('%s is refused with what was wanted', async (query, wanted) => {
    const { status, body } = await get(`timeline?${query}`)
    expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining(wanted)])
  })
})

test('verdict intervals tell from when to when a line failed, and why nothing can be said', async () => {
  const { body } = await get(`findings?${SPAN}`)
  expect(v.is(VerdictIntervalsAnswer, body)).toBe(true)
  expect(body.truncated).toBe(false)
  const failed = body.intervals.filter(
    (one: { verdict: string; reason: string }) => one.reason === 'over-limit',
  )
  expect(failed).toMatchObject(
    ['primary', 'secondary'].map((farEnd) => ({
      ...{ leg: 'out', farEnd, reason: 'over-limit', meaning: expect.stringMatching(/\w/) },
      ...{ from: iso(START + QUARTER), to: iso(START + 2 * QUARTER) },
    })),
  )
  const last = body.overall.at(-1)
  expect(last).toEqual({
    ...{ from: iso(START + 3 * QUARTER), to: iso(START + 4 * QUARTER) },
    ...{ overall: 'CANNOT SAY', cause: 'site-silent' },
  })
  const line = failed[0].id
  const one = (await get(`findings?${SPAN}&line=${line}`)).body
  expect(new Set(one.intervals.map(({ id }: { id: string }) => id))).toEqual(new Set([line]))
  expect((await get(`findings?at=${iso(START)}&${SPAN}`)).status).toBe(400)
})

test('coverage names every gap, its cause and whose side it is on', async () => {
  const { body } = await get(`coverage?${SPAN}`)
  expect(v.is(CoverageAnswer, body)).toBe(true)
  expect(body.places).toHaveLength(2)
  expect(body.places[0]).toMatchObject({
    ...{ seconds: 3600, seenSeconds: 38 * 60, share: 38 / 60 },
    gaps: [
      {
        ...{ from: iso(START + 38 * MINUTE), to: iso(START + 60 * MINUTE), seconds: 22 * 60 },
        ...{ cause: 'site-silent', side: 'site' },
      },
    ],
  })
  const before = await get(`coverage?from=${iso(START - 2 * QUARTER)}&to=${iso(START + QUARTER)}`)
  expect(before.body.unknown).toEqual([{ from: iso(START - 2 * QUARTER), to: iso(START) }])
})

test('the list of sites is read a page at a time, counted and filtered', async () => {
  const { body } = await collector.get('/api/v1/sites?limit=1')
  expect(v.is(SitesAnswer, body)).toBe(true)
  expect(body).toMatchObject({ next: null, counts: { sites: 1, cannotSay: 1 } })
  expect(body.sites[0]).toMatchObject({ site: 'leeds', customer: null })
  const sites = async (query: string) => (await collector.get(`/api/v1/sites?${query}`)).body.sites
  expect(await sites('after=leeds')).toEqual([])
  expect(await sites('overall=READY')).toEqual([])
  expect(await sites('overall=CANNOT%20SAY')).toHaveLength(1)
  expect(await sites('customer=nobody')).toEqual([])
  expect((await collector.get('/api/v1/sites?limit=0')).status).toBe(400)
})

test.each(['timeline', 'coverage', 'findings?from=2026-03-01T00:00:00Z'])(
  'a site that nobody knows has no %s',
  async (path) => {
    const { status, body } = await collector.get(`/api/v1/sites/nowhere/${path}`)
    expect([status, body.type]).toEqual([404, 'urn:voip-ready:problem:unknown-site'])
  },
)
