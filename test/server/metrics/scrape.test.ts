import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { glanceOf } from '../../../server/ingest/glance.ts'
import { LiveSites } from '../../../server/ingest/live.ts'
import { parseEnvelope, parseStored } from '../../../server/ingest/parse.ts'
import { keeps } from '../../../server/metrics/detail.ts'
import { shardOf } from '../../../server/metrics/shard.ts'
import { SiteSeries } from '../../../server/metrics/site-series.ts'
import { REASONS } from '../../../shared/verdict/reasons.ts'
import { lossOf, stream } from '../../shared/verdict/scenes.ts'
import { root } from '../../support/sources.ts'
import { sharedCollector, type TestCollector } from '../support/collector.ts'
import { envelope, record, START } from '../support/fixtures.ts'

let collector: TestCollector
let bad: string
beforeAll(async () => {
  collector = await sharedCollector()
  const base = record(collector.profileSha256)
  const { from, to } = base.window
  const observations = [
    stream({ farEnd: 'primary', from, to, out: { loss: lossOf(60) } }),
    stream({ farEnd: 'secondary', from, to }),
  ]
  bad = envelope({ ...base, observations })
  await collector.deliver(bad)
})

const lines = (text: string) => text.split('\n').filter((line) => /^[a-z]/.test(line))
const ofSites = (text: string) => lines(text).filter((line) => line.includes('site="leeds"'))

test('both halves make the whole', async () => {
  const [whole, sites, own] = await Promise.all(
    ['/metrics', '/metrics/sites', '/metrics/collector'].map((url) => collector.get(url)),
  )
  expect(ofSites(whole?.text ?? '')).toEqual(lines(sites?.text ?? ''))
  expect(ofSites(own?.text ?? '')).toEqual([])
  expect(own?.text).toContain('voipready_build_info')
  expect(sites?.text).not.toContain('voipready_build_info')
})

test('what is asked compressed comes compressed and says the same', async () => {
  const plain = await collector.get('/metrics/sites')
  const packed = await collector.app.inject({
    url: '/metrics/sites',
    headers: { host: '127.0.0.1:8460', 'accept-encoding': 'gzip;q=1.0, identity;q=0.5' },
  })
  expect(packed.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.text)
  const refused = await collector.get('/metrics/sites', { 'accept-encoding': 'gzip;q=0' })
  expect(refused.headers['content-encoding']).toBeUndefined()
})

test('core keeps some forty series a site, each as in full, and every clause that fails', async () => {
  const core = lines((await collector.get('/metrics/sites?detail=core')).text)
  const full = lines((await collector.get('/metrics/sites?detail=full')).text)
  expect(core.filter((line) => !full.includes(line))).toEqual([])
  expect(core.filter((line) => !line.includes('clause_verdict')).length).toBeLessThanOrEqual(50)
  const failing = (all: string[]) =>
    all.filter((line) => /^voipready_clause_verdict.*verdict="(fail|inconclusive)"\} 1$/.test(line))
  expect(failing(full)).not.toEqual([])
  expect(failing(core)).toEqual(failing(full))
})

test('core keeps every reason that a shipped rule asks for, and each of them is one', () => {
  const rules = readFileSync(join(root, 'config/prometheus/rules.yml'), 'utf8')
  const asked = [...rules.matchAll(/reason=~?"([a-z_|]+)"/g)].flatMap(([, one = '']) =>
    one.split('|'),
  )
  const reasons = asked.filter((one) => one !== 'overload')
  expect(reasons).toContain('answered_elsewhere')
  const isKept = (reason: string) => keeps('core', 'voipready_clause_reason', { reason }, 1)
  expect(reasons.filter((one) => !isKept(one))).toEqual([])
  expect(reasons.filter((one) => !(one.replaceAll('_', '-') in REASONS))).toEqual([])
})

test('shards share the sites out, and http_sd tells where each is', async () => {
  const answer = await collector.get('/sd/sites?of=3')
  expect(answer.body).toHaveLength(3)
  for (const { targets, labels } of answer.body) {
    expect(targets).toEqual(['127.0.0.1:8460'])
    const { __metrics_path__: path, __param_shard: shard, __param_of: of } = labels
    const { text } = await collector.get(`${path}?shard=${shard}&of=${of}`)
    expect(lines(text).length > 0, `shard ${shard}`).toBe(shardOf('leeds', 3) === Number(shard))
  }
})

test.each([
  '?shard=1',
  '?of=2',
  '?shard=2&of=2',
  '?shard=0&of=65',
  '?shard=x&of=2',
  '?detail=some',
])('a scrape that makes no sense is refused: %s', async (query) => {
  expect((await collector.get(`/metrics/sites${query}`)).status).toBe(400)
})

test('who sees some sites gets the series of those alone', async () => {
  const live = new LiveSites()
  for (const site of ['leeds', 'york']) {
    const one = parseEnvelope(Buffer.from(envelope(record('a'.repeat(64), { site }))), START)
    if (one.ok) live.accept(one.value.row, glanceOf(one.value.record))
  }
  const series = new SiteSeries({
    names: () => live.names(),
    site: (name) => live.get(name),
    record: parseStored,
    judgement: () => null,
    nowMs: () => START,
    monotonicMs: () => 0,
    pause: () => Promise.resolve(),
  })
  let text = ''
  for await (const part of series.stream({
    sees: (site) => site === 'york',
    shard: null,
    detail: 'full',
  })) {
    text += Buffer.from(part).toString()
  }
  expect(text).toContain('voipready_loss_ratio{site="york"')
  expect(text).not.toContain('site="leeds"')
})

test('a scrape that would take too long says how many sites it leaves out; the next one has them', async () => {
  const live = new LiveSites()
  for (const site of ['hull', 'leeds', 'york']) {
    const one = parseEnvelope(Buffer.from(envelope(record('a'.repeat(64), { site }))), START)
    if (one.ok) live.accept(one.value.row, glanceOf(one.value.record))
  }
  let ms = 0
  const series = new SiteSeries({
    names: () => live.names(),
    site: (name) => live.get(name),
    record: parseStored,
    // Judging takes 1.5 seconds a site.
    judgement: () => {
      ms += 1500
      return null
    },
    nowMs: () => START,
    monotonicMs: () => ms,
    pause: () => Promise.resolve(),
  })
  const scraped = async () => {
    let text = ''
    for await (const part of series.stream({ sees: () => true, shard: null, detail: 'core' })) {
      text += Buffer.from(part).toString()
    }
    const sites = text
      .match(/^voipready_site_info\{site="\w+"/gm)
      ?.map((line) => line.slice(26, -1))
    const up = text.match(/^voipready_agent_up.* 1$/gm)?.length
    return { sites, up, leftOut: /^voipready_sites_left_out\S* (\d+)$/m.exec(text)?.[1] }
  }
  expect(await scraped()).toEqual({ sites: ['hull', 'leeds'], up: 3, leftOut: '1' })
  await series.refresh([])
  expect(await scraped()).toEqual({ sites: ['hull', 'leeds', 'york'], up: 3, leftOut: undefined })
})
