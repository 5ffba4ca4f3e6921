import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { testCollector } from '../server/support/collector.ts'
import { envelope, record } from '../server/support/fixtures.ts'
import { lossOf, stream } from '../shared/verdict/scenes.ts'
import { root } from '../support/sources.ts'
import { temporaryDirectory } from '../support/temporary.ts'
import { until } from '../support/until.ts'

/** The shipped files in the programs that they are for, on loopback, with a real collector to scrape. */
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const skip = (program: string) => !has(program) && process.env.CI !== 'true'
const folder = join(root, 'config/prometheus')

/** Panels that show nothing while all is well with the one site of this test. */
const MAY_BE_EMPTY = /clock_fault|far_end_silent|records_missing|refusals|rate\(|increase\(/

test.skipIf(skip('prometheus')).each(['prometheus.yml', 'sharded.yml'])(
  'Prometheus by %s scrapes a collector, runs every rule, and answers every panel',
  { timeout: 120_000 },
  async (file) => {
    const url = await scraped(file)
    await until(async () => (await query(url, 'voipready_site_verdict == 1')).length > 0)
    await until(async () => (await query(url, 'voipready_build_info')).length > 0)
    const silent = async () => {
      const empty: string[] = []
      for (const expression of panels()) {
        const found = await query(url, expression)
        if (found.length === 0 && !MAY_BE_EMPTY.test(expression)) empty.push(expression)
      }
      return empty
    }
    // Each target and each rule has its turn: not all of them have had one yet.
    await expect.poll(silent, { timeout: 60_000, interval: 500 }).toEqual([])
    const rules = async () => {
      const { groups } = (await ask(`${url}/api/v1/rules`)) as Rules
      return groups.flatMap((group) => group.rules)
    }
    await until(async () => (await rules()).every(({ health }) => health !== 'unknown'))
    expect((await rules()).filter(({ health }) => health !== 'ok')).toEqual([])
    expect((await rules()).length).toBeGreaterThan(15)
    const shards = file === 'sharded.yml' ? 4 : 0
    await until(async () => (await query(url, 'up{shard!=""} == 1')).length === shards)
  },
)

test('a word about now is asked of now alone, and no verdict has the colour of another', () => {
  const words = dashboard().panels.filter(({ type }) => type === 'stat')
  expect(words).toHaveLength(1)
  for (const { targets = [], fieldConfig } of words) {
    // Over a span of time what a site was before would stand beside what it is.
    expect(targets.map(({ instant }) => instant)).toEqual([true])
    const found = ['ready', 'not_ready', 'cannot_say'].map((verdict) =>
      fieldConfig.overrides
        .filter(({ matcher }) => new RegExp(matcher.options.slice(1, -1)).test(`leeds: ${verdict}`))
        .flatMap(({ properties }) => properties.map(({ value }) => value.fixedColor)),
    )
    expect(found).toEqual([['green'], ['red'], ['orange']])
  }
})

test.skipIf(skip('prometheus-alertmanager'))(
  'Alertmanager: a silent agent keeps nothing quiet that another one measures, a blind far end only itself, one of many sites theirs',
  { timeout: 120_000 },
  async () => {
    const data = temporaryDirectory()
    const url = await listening('prometheus-alertmanager', [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      ...[`--storage.path=${data}`, '--web.listen-address=127.0.0.1:0'],
      '--cluster.listen-address=',
    ])
    const fails = (site: string, far_end: string) => ({
      labels: { alertname: 'VoipReadyClauseFails', kind: 'network', site, far_end },
    })
    const blind = (alertname: string, site: string, rest: object) => ({
      labels: { alertname, kind: 'blind', site, ...rest },
    })
    const alerts = [
      ...[fails('leeds', 'primary'), blind('VoipReadyAgentSilent', 'leeds', { agent: 'leeds-1' })],
      ...[fails('york', 'primary'), fails('york', 'secondary')],
      blind('VoipReadyNoReply', 'york', { far_end: 'primary' }),
      ...[fails('hull', 'primary'), fails('hull', 'secondary')],
      blind('VoipReadyFarEndSilent', 'hull', { far_end: 'secondary' }),
      blind('VoipReadyFarEndSilent', 'bath', { far_end: 'primary' }),
      blind('VoipReadyFarEndSilentAtMany', '', { far_end: 'primary' }),
    ]
    const posted = await fetch(`${url}/api/v2/alerts`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify(alerts),
    })
    expect(posted.status).toBe(200)
    const told = async () => {
      const response = await fetch(`${url}/api/v2/alerts?inhibited=false`)
      const found = (await response.json()) as { readonly labels: Record<string, string> }[]
      return found
        .map(({ labels }) =>
          `${labels.site ?? ''} ${labels.alertname} ${labels.far_end ?? ''}`.trim(),
        )
        .sort()
    }
    const wanted = [
      'VoipReadyFarEndSilentAtMany primary',
      ...['hull VoipReadyClauseFails primary', 'hull VoipReadyFarEndSilent secondary'],
      ...['leeds VoipReadyAgentSilent', 'leeds VoipReadyClauseFails primary'],
      'york VoipReadyClauseFails secondary',
    ]
    await until(async () => (await told()).join() === wanted.join())
  },
)

test.skipIf(skip('prometheus-alertmanager'))(
  'Alertmanager: what ended while it was inhibited is over with what inhibited it',
  { timeout: 120_000 },
  async () => {
    const told: Told[] = []
    const receiver = createServer(async (request, response) => {
      told.push(JSON.parse(await text(request)))
      response.end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void receiver.close())
    await once(receiver, 'listening')
    const { port } = receiver.address() as AddressInfo
    const data = temporaryDirectory()
    const shipped = readFileSync(join(folder, 'alertmanager.yml'), 'utf8')
    const soon = shipped
      .replaceAll('127.0.0.1:9/', `127.0.0.1:${port}/`)
      .replace(/(group_wait|group_interval): \w+/g, '$1: 1s')
    writeFileSync(join(data, 'alertmanager.yml'), soon)
    const url = await listening('prometheus-alertmanager', [
      ...[`--config.file=${data}/alertmanager.yml`, `--storage.path=${data}`],
      ...['--web.listen-address=127.0.0.1:0', '--cluster.listen-address='],
    ])
    const begun = new Map<string, Date>()
    const post = async (alertname: string, kind: string, over = false) => {
      const labels = { alertname, kind, severity: 'page', site: 'hull', far_end: 'primary' }
      // An old one would not wait for its group.
      const startsAt = begun.get(alertname) ?? new Date()
      begun.set(alertname, startsAt)
      const endsAt = new Date(Date.now() + (over ? 0 : 600_000))
      const response = await fetch(`${url}/api/v2/alerts`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
        body: JSON.stringify([{ labels, startsAt, endsAt }]),
      })
      expect(response.status).toBe(200)
    }
    const names = ({ alerts }: Told) => alerts.map(({ labels }) => labels.alertname).join()
    await post('VoipReadyClauseFails', 'network')
    await until(async () => told.some((one) => names(one) === 'VoipReadyClauseFails'))
    await post('VoipReadyFarEndSilent', 'blind')
    await until(async () => told.some((one) => names(one) === 'VoipReadyFarEndSilent'))
    await post('VoipReadyClauseFails', 'network', true)
    // Told an interval later: by then the end of the one before was looked at, and not told.
    await post('VoipReadyQueueLong', 'collector')
    await until(async () => told.some((one) => names(one) === 'VoipReadyQueueLong'))
    await post('VoipReadyFarEndSilent', 'blind', true)
    await until(async () => told.at(-1)?.status === 'resolved')
    const open = new Set(told.map(({ groupKey }) => groupKey))
    for (const { groupKey, status } of told) if (status === 'resolved') open.delete(groupKey)
    expect([...open].filter((key) => !key.includes('collector'))).toEqual([])
  },
)

interface Told {
  readonly status: string
  readonly groupKey: string
  readonly alerts: readonly { readonly labels: { readonly alertname: string } }[]
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly health: string }[] }[]
}

/** A Prometheus with a shipped file, its addresses changed to a collector that has one bad minute. */
async function scraped(file: string): Promise<string> {
  const collector = await testCollector()
  const base = record(collector.profileSha256)
  const { from, to } = base.window
  const bad = stream({ farEnd: 'primary', from, to, out: { loss: lossOf(60) } })
  const observations = [bad, stream({ farEnd: 'secondary', from, to })]
  const { status } = await collector.deliver(envelope({ ...base, observations }))
  expect(status).toBe(201)
  const { host } = new URL(await collector.app.listen({ host: '127.0.0.1', port: 0 }))
  const text = readFileSync(join(folder, file), 'utf8')
  const config = parse(text.replaceAll('collector:8460', host))
  config.global = { scrape_interval: '1s', evaluation_interval: '1s' }
  config.rule_files = [join(folder, 'rules.yml')]
  const data = temporaryDirectory()
  writeFileSync(join(data, 'prometheus.yml'), stringify(config))
  return listening('prometheus', [
    `--config.file=${data}/prometheus.yml`,
    `--storage.tsdb.path=${data}/data`,
    '--web.listen-address=127.0.0.1:0',
  ])
}

/** Starts a program that logs the port that the kernel gave it. */
async function listening(program: string, args: readonly string[]): Promise<string> {
  const child: ChildProcess = spawn(program, [...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let said = ''
  child.stderr?.on('data', (part: Buffer) => {
    said += part.toString()
  })
  const port = () => /Listening on.*address=127\.0\.0\.1:(\d+)/i.exec(said)?.[1]
  await until(async () => {
    if (child.exitCode !== null) throw new Error(said)
    return port() !== undefined
  })
  const url = `http://127.0.0.1:${port()}`
  await until(async () => (await fetch(`${url}/-/ready`)).ok)
  return url
}

interface Panel {
  readonly type: string
  readonly targets?: readonly { readonly expr: string; readonly instant?: boolean }[]
  readonly fieldConfig: {
    readonly overrides: readonly {
      readonly matcher: { readonly options: string }
      readonly properties: readonly { readonly value: { readonly fixedColor: string } }[]
    }[]
  }
}

function dashboard(): { readonly panels: readonly Panel[] } {
  const file = join(root, 'config/grafana/dashboards/voip-ready.json')
  return JSON.parse(readFileSync(file, 'utf8'))
}

function panels(): string[] {
  const found = dashboard().panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  expect(found.length).toBeGreaterThan(5)
  return found.map((expr) => expr.replaceAll('$site', '.*').replaceAll('$__rate_interval', '1m'))
}

async function query(url: string, expression: string): Promise<readonly unknown[]> {
  const data = await ask(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`)
  return (data as { readonly result: readonly unknown[] }).result
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url)
  const body = (await response.json()) as { readonly data: unknown; readonly error?: string }
  expect(body.error, url).toBeUndefined()
  return body.data
}
